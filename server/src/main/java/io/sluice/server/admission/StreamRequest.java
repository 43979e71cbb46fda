package io.sluice.server.admission;

import io.sluice.server.net.Receiver;
import java.util.Optional;

/**
 * A request for an image stream.
 *
 * @param client whose streams are counted together
 * @param comesBack empty when the client gives up on a 503; else what it is known by when it comes
 *     back over another connection
 * @param connection that it asks over
 * @param bytes how many it wants, at least 1
 */
public record StreamRequest(
    Receiver client, Optional<Repetition> comesBack, Connection connection, long bytes) {

  /**
   * What a request that is made again has in common with the one before.
   *
   * @param receiver whom it is for
   * @param target what it asks for, as it stood in the request line
   */
  public record Repetition(Receiver receiver, String target) {}

  /** A connection; equal to itself only. */
  public interface Connection {
    /** Whether it can still be used. */
    boolean isOpen();
  }
}
