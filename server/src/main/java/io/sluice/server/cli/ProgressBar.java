package io.sluice.server.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One line of a terminal that says how many bytes a command has dealt with. */
final class ProgressBar {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int WIDTH = 30;
  private static final int HUNDRED = 100;

  /** Back to the beginning of the line, and clear it. */
  private static final String AFRESH = "\r\033[K";

  private final PrintWriter err;
  private final boolean shown;
  private final LongSupplier clock;
  private final String what;
  private final long total;
  private long next;
  private boolean visible;

  /**
   * Nothing is shown yet.
   *
   * @param shown false where standard error is no terminal: then nothing ever is
   * @param clock nanoseconds, such as {@link System#nanoTime}
   * @param what is done to the bytes, such as {@code read}
   * @param total how many bytes there are to do
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
    return new ProgressBar(err, Terminals.isErrorOne(), System::nanoTime, what, total);
  }

  /** Shows how many bytes are done, at most five times a second. */
  void show(long done) {
    long now = clock.getAsLong();
    if (shown && now - next >= 0) {
      next = now + PERIOD;
      visible = true;
      int percent = total == 0 ? HUNDRED : (int) ((double) done / total * HUNDRED);
      int full = percent * WIDTH / HUNDRED;
      err.print(
          AFRESH
              + ("[" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] ")
              + (percent + " % of " + ByteCount.of(total) + " " + what));
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

  /**
   * Counts the bytes that are read from a stream, and takes the line away when it is closed.
   *
   * @param before how many bytes were dealt with earlier
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
