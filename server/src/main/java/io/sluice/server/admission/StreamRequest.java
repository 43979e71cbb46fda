package io.sluice.server.admission;

import java.util.Optional;

/**
 * Who asks for an image stream.
 *
 * @param client whose streams are counted together
 * @param comesBack empty when the client gives up on a 503; else what it is known by when it comes
 *     back over another connection
 * @param connection that it asks over
 * @param bytes how many it wants, at least 1
 */
public record StreamRequest(
    Object client, Optional<Object> comesBack, Connection connection, long bytes) {

  /** A connection; equal to itself only. */
  public interface Connection {
    /** Whether it can still be used. */
    boolean isOpen();
  }
}
