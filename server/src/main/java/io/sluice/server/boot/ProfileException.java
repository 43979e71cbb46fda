package io.sluice.server.boot;

import java.io.IOException;

/** A profile or the rules cannot be used; says which file, which line and why in one line. */
public final class ProfileException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong, with the file. */
  public ProfileException(String message) {
    super(message);
  }
}
