package io.sluice.server.fleet;

import io.sluice.server.machines.HistoryEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How often one kind of thing that a client brings about is put into the history of its machine:
 * the first of them at once, then in pauses that double, each entry with the number of those it
 * stands for. So ten thousand ranges of an image are some dozens of entries, and the last one is
 * always among them. Not for several threads at once.
 */
final class HistoryThrottle {
  /** More than any boot or installation takes that goes as it should. */
  private static final int AT_ONCE = 16;

  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** After so long without an event the count begins anew. */
  private static final Duration QUIET = LONGEST.multipliedBy(2);

  private int noted;
  private int held;
  private Instant last = Instant.MIN;
  private @Nullable HistoryEntry waiting;

  /** One more happened; gives it back when it is to be noted now. */
  Optional<HistoryEntry> add(HistoryEntry entry) {
    if (waiting == null && !last.equals(Instant.MIN) && entry.at().isAfter(last.plus(QUIET))) {
      noted = 0;
    }
    waiting = entry;
    held++;
    return due(entry.at());
  }

  /** What is to be noted by now. */
  Optional<HistoryEntry> due(Instant now) {
    return waiting == null || (noted >= AT_ONCE && now.isBefore(last.plus(pause())))
        ? Optional.empty()
        : release();
  }

  private Duration pause() {
    Duration pause = Duration.ofSeconds(1L << Math.min(10, noted - AT_ONCE));
    return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
  }

  /** What was not noted yet, whether it is time or not. */
  Optional<HistoryEntry> release() {
    HistoryEntry entry = waiting;
    if (entry == null) {
      return Optional.empty();
    }
    String detail =
        held == 1
            ? entry.detail()
            : entry.detail()
                + " (the last of "
                + held
                + (noted == 0 ? ")" : " since the one before)");
    waiting = null;
    held = 0;
    noted++;
    last = entry.at();
    return Optional.of(new HistoryEntry(entry.machine(), entry.at(), entry.event(), detail));
  }

  /** What is waiting, as it would be noted now. */
  Optional<HistoryEntry> waiting() {
    return Optional.ofNullable(waiting);
  }
}
