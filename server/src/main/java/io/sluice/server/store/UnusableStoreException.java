package io.sluice.server.store;

import java.io.IOException;

/** A store that no server can use, however often it tries: an operator has to do something. */
public final class UnusableStoreException extends IOException {
  private static final long serialVersionUID = 1L;

  UnusableStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
