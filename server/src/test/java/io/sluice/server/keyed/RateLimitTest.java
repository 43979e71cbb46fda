package io.sluice.server.keyed;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private Instant now = Instant.EPOCH;
  private final RateLimit<String> limit =
      new RateLimit<>(
          new Clock() {
            @Override
            public Instant instant() {
              return now;
            }

            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }
          },
          Duration.ofSeconds(10),
          2);

  @Test
  void aKeyIsAllowedOnceAPeriod() {
    assertTrue(limit.tryAcquire("a"));
    now = now.plusSeconds(9);
    assertFalse(limit.tryAcquire("a"));
    assertTrue(limit.tryAcquire("b"), "another key has a period of its own");
    now = now.plusSeconds(1);
    assertTrue(limit.tryAcquire("a"), "what was refused does not prolong the period");
  }

  @Test
  void aKeyThatWasForgottenIsAllowedAgain() {
    assertTrue(limit.tryAcquire("a"));
    assertTrue(limit.tryAcquire("b"));
    assertTrue(limit.tryAcquire("c"));
    assertTrue(limit.tryAcquire("a"));
    assertFalse(limit.tryAcquire("c"));
  }
}
