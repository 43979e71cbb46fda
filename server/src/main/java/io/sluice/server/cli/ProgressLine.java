package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One line of a terminal that says how far a command is; nothing where nobody is looking. */
final class ProgressLine {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int PERCENT = 100;

  /** Back to the beginning of the line, and clear it. */
  private static final String AFRESH = "\r\033[K";

  private final PrintWriter err;
  private final boolean shown;
  private final LongSupplier clock;
  private final long total;
  private long next;
  private boolean visible;

  /**
   * Nothing is shown yet.
   *
   * @param clock nanoseconds, such as {@link System#nanoTime}
   * @param total how many bytes there are to do
   */
  ProgressLine(PrintWriter err, boolean shown, LongSupplier clock, long total) {
    this.err = err;
    this.shown = shown;
    this.clock = clock;
    this.total = total;
    this.next = clock.getAsLong() + PERIOD;
  }

  /** Whether standard error is a terminal. Java's console only speaks of standard output. */
  static boolean somebodyLooks() {
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException elsewhere) {
      return false;
    }
  }

  /** Shows how many bytes are done, now and then. */
  void show(long done) {
    long now = clock.getAsLong();
    if (shown && now - next >= 0) {
      next = now + PERIOD;
      visible = true;
      err.print(
          AFRESH
              + (long) ((double) done / total * PERCENT)
              + " % of "
              + ByteCount.of(total)
              + " read");
      err.flush();
    }
  }

  /** Takes the line away. */
  void clear() {
    if (visible) {
      visible = false;
      err.print(AFRESH);
      err.flush();
    }
  }
}
