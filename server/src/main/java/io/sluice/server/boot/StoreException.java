package io.sluice.server.boot;

import java.io.IOException;

/** The store cannot be reached or does not work. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean outcomeKnown;

  /** Nothing was written; says why in one line. */
  public StoreException(String message, Throwable cause) {
    this(message, cause, true);
  }

  /**
   * Says why in one line.
   *
   * @param outcomeKnown whether nothing was written for certain; not when the answer to a commit is
   *     lost
   */
  public StoreException(String message, Throwable cause, boolean outcomeKnown) {
    super(message, cause);
    this.outcomeKnown = outcomeKnown;
  }

  /** Whether nothing was written for certain. */
  public boolean isOutcomeKnown() {
    return outcomeKnown;
  }
}
