package io.sluice.server.fleet;

import io.sluice.server.machines.Installation;
import io.sluice.server.machines.StoredMachine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How far the installations are whose machines report to this server, in memory: at most one entry
 * for each that is open. Each stage that is new goes to the history.
 */
public final class InstallProgress {
  /**
   * Reports a second that all machines together are asked for. Each takes a connection of its own:
   * 50 a second of 500 machines took 1.5 % of a core, and 500 a second 19 %, on a machine that was
   * busy. Nothing fails when it is another.
   */
  private static final int REPORTS_A_SECOND = 50;

  /**
   * Stages of one installation that the history hears of; there are seven, and each may come again.
   */
  private static final int MOST_STAGES = 40;

  /** Logs of one installation that are kept. */
  private static final int MOST_LOGS = 4;

  /** When nothing was heard for so long, a machine is not counted among those that report. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  /** What an installer does. */
  public enum Stage {
    DISK,
    DISCARD,
    WRITE,
    VERIFY,
    REPAIR,
    SEED,
    FINISH;

    /** As it is written: in small letters. */
    public String spelling() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The stage of this name. */
    public static Optional<Stage> of(String text) {
      return Arrays.stream(values()).filter(stage -> stage.spelling().equals(text)).findFirst();
    }
  }

  /**
   * What a machine said last.
   *
   * @param bytes done in this stage, of {@code total}
   * @param rate in bytes a second
   * @param disk the name of the disk, empty before it is chosen
   */
  public record Report(
      Stage stage, long bytes, long total, long rate, String disk, Instant at, Instant since) {}

  private record Entry(Report report, int stages) {}

  private final Fleet fleet;
  private final Clock clock;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** How many logs were kept of installations, by their tokens. */
  private final Map<String, Integer> logs = new ConcurrentHashMap<>();

  private volatile BiConsumer<Stage, Duration> durations = (stage, time) -> {};
  private volatile BiConsumer<String, Report> listener = (machine, report) -> {};
  private volatile Instant swept = Instant.EPOCH;
  private volatile int reporting;

  /** Nobody has reported. */
  public InstallProgress(Fleet fleet, Clock clock) {
    this.fleet = fleet;
    this.clock = clock;
  }

  /** Tells of each stage that is over how long it took. */
  public void onStage(BiConsumer<Stage, Duration> heard) {
    durations = heard;
  }

  /** Tells of each report, with the id of its machine. */
  public void onReport(BiConsumer<String, Report> heard) {
    listener = heard;
  }

  /**
   * Takes a report in.
   *
   * @param disk empty when it is not said
   * @return after how many seconds the next one is wanted, at least 1; empty when the token is that
   *     of no open installation
   */
  public Optional<Integer> take(
      String token, Stage stage, long bytes, long total, long rate, String disk) {
    Optional<StoredMachine> stored = fleet.byToken(token);
    Installation installation =
        stored.map(known -> known.machine().installation()).orElse(Installation.NONE);
    if (!installation.isOpen() || !installation.isNamedBy(token)) {
      return Optional.empty();
    }
    String id = stored.orElseThrow().machine().id();
    Instant now = clock.instant();
    sweep(now);
    Entry before = entries.get(token);
    Report last = before == null ? null : before.report();
    boolean begins = last == null || last.stage() != stage;
    Report report =
        new Report(
            stage,
            bytes,
            total,
            rate,
            disk.isEmpty() && last != null ? last.disk() : disk,
            now,
            begins || last == null ? now : last.since());
    int stages = (before == null ? 0 : before.stages()) + (begins ? 1 : 0);
    // Two reports of one machine at once are no harm: either is what it said last.
    entries.put(token, new Entry(report, stages));
    if (begins && stages <= MOST_STAGES) {
      String where = report.disk().isEmpty() ? "" : ", disk " + report.disk();
      fleet.journal().note(id, "stage", stage.spelling() + where);
    }
    if (begins && last != null) {
      durations.accept(last.stage(), Duration.between(last.since(), now));
    }
    listener.accept(id, report);
    return Optional.of(Math.max(1, (reporting + REPORTS_A_SECOND - 1) / REPORTS_A_SECOND));
  }

  /** What a machine said last of the installation that it is at, if that was said here. */
  public @Nullable Report of(Installation installation) {
    Entry entry = installation.isOpen() ? entries.get(installation.token()) : null;
    return entry == null ? null : entry.report();
  }

  /** Whether one more log of a machine's last installation may be kept; counts it. */
  public boolean takesLog(String token) {
    sweep(clock.instant());
    return logs.merge(token, 1, Integer::sum) <= MOST_LOGS;
  }

  /** How many machines are at each stage, as far as they report here. */
  public Map<Stage, Integer> counts() {
    Map<Stage, Integer> counts = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.values()) {
      counts.put(stage, 0);
    }
    Instant now = clock.instant();
    entries.forEach(
        (token, entry) -> {
          if (isHeard(entry, now) && isOpen(token)) {
            counts.merge(entry.report().stage(), 1, Integer::sum);
          }
        });
    return counts;
  }

  private static boolean isHeard(Entry entry, Instant now) {
    return entry.report().at().plus(SILENCE).isAfter(now);
  }

  /** The last installation of a machine, if it has this token. */
  private Optional<Installation> last(String token) {
    return fleet
        .byToken(token)
        .map(stored -> stored.machine().installation())
        .filter(installation -> installation.isNamedBy(token));
  }

  private boolean isOpen(String token) {
    return last(token).filter(Installation::isOpen).isPresent();
  }

  /** Forgets what is over, at most once a second. */
  private void sweep(Instant now) {
    if (now.isBefore(swept.plusSeconds(1))) {
      return;
    }
    swept = now;
    entries.entrySet().removeIf(each -> !isHeard(each.getValue(), now) && !isOpen(each.getKey()));
    logs.keySet().removeIf(token -> last(token).isEmpty());
    reporting = (int) entries.values().stream().filter(entry -> isHeard(entry, now)).count();
  }
}
