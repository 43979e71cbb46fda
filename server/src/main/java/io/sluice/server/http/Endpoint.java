package io.sluice.server.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What answers the requests of a route. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers one request. Called on an event loop and must not block it: whatever waits for a disk
   * or a lock runs on a pool and completes the stage from there.
   *
   * @return completes with the answer; exceptionally only when there is a bug or the machine fails,
   *     which is answered with 500
   */
  CompletionStage<Reply> answer(Request request);

  /**
   * What to do with the body of a request. Called once, on an event loop, before anything of the
   * body is read; the request has no body yet.
   */
  default BodyIntake intake(Request request) {
    return BodyIntake.DISCARD;
  }

  /** An endpoint that knows its answer at once. */
  static Endpoint of(Immediate endpoint) {
    return request -> CompletableFuture.completedFuture(endpoint.answer(request));
  }

  /** Answers without waiting for anything. */
  @FunctionalInterface
  interface Immediate {
    /** Answers one request. */
    Reply answer(Request request);
  }
}
