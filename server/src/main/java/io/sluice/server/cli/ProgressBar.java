package io.sluice.server.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One line of a terminal that shows how many bytes a command has processed. */
final class ProgressBar {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int WIDTH = 30;
  private static final int HUNDRED = 100;

  /** Moves the cursor to the beginning of the line and erases the line. */
  private static final String ERASE = "\r\033[K";

  private final PrintWriter err;
  private final boolean shown;
  private final LongSupplier clock;
  private final String what;
  private final long total;
  private long next;
  private boolean visible;

  /**
   * Shows nothing yet.
   *
   * @param shown whether {@code err} is a terminal; elsewhere nothing is shown
   * @param clock nanoseconds, such as {@link System#nanoTime}
   * @param what is done to the bytes, such as {@code read}
   * @param total how many bytes there are to process
   */
  ProgressBar(PrintWriter err, boolean shown, LongSupplier clock, String what, long total) {
    this.err = err;
    this.shown = shown;
    this.clock = clock;
    this.what = what;
    this.total = total;
    this.next = clock.getAsLong() + PERIOD;
  }

  /** On standard error, where that is a terminal. */
  static ProgressBar of(PrintWriter err, String what, long total) {
    return new ProgressBar(err, Terminal.isStandardError(), System::nanoTime, what, total);
  }

  /** Shows how many bytes are processed, at most five times a second. */
  synchronized void show(long done) {
    long now = clock.getAsLong();
    if (shown && now - next >= 0) {
      next = now + PERIOD;
      visible = true;
      int percent = total == 0 ? HUNDRED : (int) ((double) done / total * HUNDRED);
      int full = percent * WIDTH / HUNDRED;
      err.print(
          ERASE
              + ("[" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] ")
              + (percent + " % of " + ByteCount.of(total) + " " + what));
      err.flush();
    }
  }

  /** Erases the line. */
  synchronized void clear() {
    if (visible) {
      visible = false;
      err.print(ERASE);
      err.flush();
    }
  }

  /**
   * Counts the bytes that are read from a stream, and erases the line when the stream is closed.
   *
   * @param before how many bytes were processed earlier
   */
  InputStream counting(InputStream in, long before) {
    return new FilterInputStream(in) {
      private long done = before;

      @Override
      public int read() throws IOException {
        int read = super.read();
        count(read < 0 ? 0 : 1);
        return read;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(Math.max(0, read));
        return read;
      }

      private void count(int bytes) {
        done += bytes;
        show(done);
      }

      @Override
      public void close() throws IOException {
        clear();
        super.close();
      }
    };
  }
}
