package io.sluice.server.http;

import java.util.Optional;
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
   * @return completes when there is room for the next, or with the answer when no more is wanted
   */
  CompletionStage<Optional<Reply>> take(byte[] piece);

  /** The rest of the body will not come. Not called when all of it came. */
  void abandon();
}
