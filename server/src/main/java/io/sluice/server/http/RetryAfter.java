package io.sluice.server.http;

import java.util.concurrent.ThreadLocalRandom;

/**
 * When a client that gets a 503 is to ask again (RFC 9110 §10.2.3). Clients that were refused
 * together, as 5,000 machines while the store is away, do not come back together.
 */
final class RetryAfter {
  /** The least time until an operator or the store has done something about it. */
  static final int LEAST_SECONDS = 4;

  /** A machine that waits longer for nothing looks as if it hung. */
  static final int MOST_SECONDS = 14;

  private RetryAfter() {}

  /** From {@link #LEAST_SECONDS} to {@link #MOST_SECONDS}, each as likely. */
  static int seconds() {
    return ThreadLocalRandom.current().nextInt(LEAST_SECONDS, MOST_SECONDS + 1);
  }
}
