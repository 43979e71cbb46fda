package io.sluice.server.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Shows on a terminal how far the reading of a file is; says nothing where there is none. */
final class ProgressStream extends FilterInputStream {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final int WIDTH = 30;
  private static final int HUNDRED = 100;

  private final String what;
  private final long total;
  private final PrintWriter terminal;
  private final boolean shown;
  private long done;
  private int lastPercent = -1;

  /**
   * Shows progress from a place on.
   *
   * @param done how many bytes were dealt with before
   * @param total how many there are in all
   */
  ProgressStream(InputStream in, String what, long done, long total, PrintWriter terminal) {
    super(in);
    this.what = what;
    this.done = done;
    this.total = total;
    this.terminal = terminal;
    this.shown = somebodyLooks();
  }

  /** Whether standard error is a terminal. Java's console only speaks of standard output. */
  private static boolean somebodyLooks() {
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException elsewhere) {
      return false;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    if (count > 0) {
      done += count;
      show();
    }
    return count;
  }

  private void show() {
    int percent = total == 0 ? HUNDRED : (int) (done * HUNDRED / total);
    if (!shown || percent == lastPercent) {
      return;
    }
    lastPercent = percent;
    int full = percent * WIDTH / HUNDRED;
    terminal.printf(
        "\r%s [%s%s] %3d %%%s",
        what, "#".repeat(full), " ".repeat(WIDTH - full), percent, percent == HUNDRED ? "\n" : "");
    terminal.flush();
  }
}
