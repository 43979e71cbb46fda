package io.sluice.server.boot;

import java.io.IOException;

/** The store cannot be reached or does not work; nothing was written. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says why in one line. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
