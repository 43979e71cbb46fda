package io.sluice.server.http;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Takes the body of one request piece by piece. Called on the loop of the connection, one call at a
 * time; the next piece is read from the connection only when the one before has been dealt with.
 */
public interface BodySink {
  /**
   * Asked once before anything of the body is read, and before a client that expects 100 is told to
   * go on (RFC 9110 §10.1.1).
   *
   * @return completes when the body may come, or with the answer when it is not wanted
   */
  CompletionStage<Optional<Reply>> begin();

  /**
   * Takes a piece.
   *
   * @param piece belongs to the sink
   * @return completes when there is room for the next, or with the answer when no more is wanted
   */
  CompletionStage<Optional<Reply>> take(byte[] piece);

  /** The rest of the body will not come. Not called when all of it came. */
  void abandon();
}
