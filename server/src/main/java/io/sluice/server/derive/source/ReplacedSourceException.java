package io.sluice.server.derive.source;

import java.io.IOException;

/** What something was to be made from is not there any more: another state of it may be. */
public final class ReplacedSourceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what has become of it. */
  public ReplacedSourceException(String message) {
    super(message);
  }
}
