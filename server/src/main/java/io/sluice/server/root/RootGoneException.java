package io.sluice.server.root;

import java.io.IOException;

/** The root is not there at the moment, so nothing can be said of any file in it. */
public final class RootGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  RootGoneException(String message) {
    super(message);
  }
}
