package io.sluice.server.admission;

import java.time.Duration;

/**
 * How many image transfers may run at once.
 *
 * @param streams in all, or 0 for any number
 * @param streamsPerClient for one client address, or 0 for any number
 * @param longestWait how long a connection is held for its turn
 */
public record AdmissionLimits(int streams, int streamsPerClient, Duration longestWait) {
  /** Whether no request ever waits. */
  public boolean isNone() {
    return streams == 0 && streamsPerClient == 0;
  }
}
