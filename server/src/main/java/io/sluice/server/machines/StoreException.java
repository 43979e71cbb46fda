package io.sluice.server.machines;

import java.io.IOException;

/** The store cannot be reached or does not work. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean outcomeKnown;
  private final boolean full;

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
    this.full = false;
  }

  private StoreException(String message) {
    super(message);
    this.outcomeKnown = true;
    this.full = true;
  }

  /** Nothing was written, because there is no room in memory for it. */
  public static StoreException full(String message) {
    return new StoreException(message);
  }

  /** Whether there is no room in memory, whatever the store can do. */
  public boolean isFull() {
    return full;
  }

  /** Whether nothing was written for certain. */
  public boolean isOutcomeKnown() {
    return outcomeKnown;
  }
}
