package io.sluice.server.http;

import java.util.concurrent.CompletionStage;

/**
 * Takes the body of one request piece by piece. Called on the loop of the connection, one call at a
 * time; the next piece is read from the connection only when the one before has been dealt with.
 */
public interface BodySink {
  /**
   * Takes a piece.
   *
   * @param piece belongs to the sink
   * @return completes when there is room for the next; exceptionally when no more can be taken,
   *     which ends the request with 500
   */
  CompletionStage<?> take(byte[] piece);

  /** The rest of the body will not come. Not called when all of it came. */
  void abandon();
}
