package io.sluice.server.machines;

import java.time.Instant;

/**
 * Keeps a machine from being installed until an operator takes it away.
 *
 * @param at since when
 * @param by who put it there
 * @param reason for people, one line, may be empty
 */
public record Lock(Instant at, Actor by, String reason) {
  /** There is none. */
  public static final Lock NONE = new Lock(Instant.EPOCH, Actor.NONE, "");

  /** Whether there is one. */
  public boolean isSet() {
    return !equals(NONE);
  }

  /** Such as {@code locked by ci from 10.0.0.7 since 2026-11-30T12:00:00Z: disk is kept}. */
  @Override
  public String toString() {
    return "locked by " + by + " since " + at + (reason.isEmpty() ? "" : ": " + reason);
  }
}
