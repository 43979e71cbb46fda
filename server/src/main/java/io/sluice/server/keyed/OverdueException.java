package io.sluice.server.keyed;

import java.io.IOException;

/** What was to be read has not come, and is no longer waited for. */
public final class OverdueException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Names what does not come. */
  public OverdueException(String what) {
    super(what + ": the file system does not answer");
  }
}
