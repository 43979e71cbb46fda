package io.sluice.server.derive;

import java.io.IOException;

/** A compressed disk cannot be read before it was inflated. */
public final class NotInflatedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says which. */
  public NotInflatedException(String name) {
    super(name + ": is not inflated yet");
  }
}
