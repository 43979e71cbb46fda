package io.sluice.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started and has to end: {@link #close} ends it in the reverse order. A part that fails
 * to end is logged and keeps no other from ending. For one thread.
 */
final class Lifetime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /**
   * Has a part end before all that were pushed until now. One that is pushed again has to end
   * earlier than where it was pushed first: it uses what was started since.
   *
   * @return the part
   */
  <T extends AutoCloseable> T push(T part) {
    parts.removeIf(each -> each == part);
    parts.push(part);
    return part;
  }

  @Override
  @SuppressWarnings("try") // closing may be interrupted, and goes on all the same
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn(
            "{} has not ended as it should: {}", part.getClass().getSimpleName(), e.toString());
      }
    }
  }
}
