package io.sluice.server.derive.source;

import java.io.IOException;

/**
 * What something is to be made from is damaged: making it again does not help as long as the source
 * is the same. The message is one line for people.
 */
public final class DamagedSourceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public DamagedSourceException(String message) {
    super(message);
  }

  /** Says what a reader of the format found wrong. */
  public DamagedSourceException(String message, Throwable cause) {
    super(message, cause);
  }
}
