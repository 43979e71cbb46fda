package io.sluice.server.boot;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what is wrong with scripts. A machine that gets none asks again every few seconds, so the
 * same complaint is logged once in a while only.
 */
final class RateLimitedLog {
  private static final Logger LOG = LoggerFactory.getLogger(RateLimitedLog.class);
  private static final Duration WHILE = Duration.ofMinutes(10);

  /** More different ones than an operator reads. */
  private static final int REMEMBERED = 64;

  private final Clock clock;
  private final Map<String, Instant> logged =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
          return size() > REMEMBERED;
        }
      };

  RateLimitedLog(Clock clock) {
    this.clock = clock;
  }

  /** Logs a complaint, unless it was logged a short while ago. */
  synchronized void log(String complaint) {
    Instant now = clock.instant();
    Instant before = logged.get(complaint);
    if (before == null || before.plus(WHILE).isBefore(now)) {
      logged.remove(complaint);
      logged.put(complaint, now);
      LOG.warn("no script: {}", complaint);
    }
  }
}
