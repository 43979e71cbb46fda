package io.sluice.bench.machine;

/**
 * How a machine behaves beside asking for one thing after the other.
 *
 * @param retries whether it asks again when told to by 503 with {@code Retry-After}, as iPXE does
 * @param vanishing whether and how it disappears half-way through its image
 * @param again whether it boots again when it is done, until the storm is over
 */
public record Habits(boolean retries, Vanishing vanishing, boolean again) {
  /** How a machine disappears half-way through the longest thing it fetches. */
  public enum Vanishing {
    /** It does not. */
    NO,
    /** It stops reading and never closes, as after a loss of power. */
    SILENCE,
    /** Its connection is reset, as when it is restarted. */
    RESET
  }
}
