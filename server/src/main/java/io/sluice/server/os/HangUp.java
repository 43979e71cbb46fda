package io.sluice.server.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * SIGHUP that is ignored, because nohup(1) or the launcher began the process so. The virtual
 * machine leaves it ignored then, whatever handler it is given, and a server would never open its
 * log anew.
 */
public final class HangUp {
  private static final int NUMBER = 1;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String IGNORED = "SigIgn:";

  private HangUp() {}

  /**
   * Has it not be ignored, for a handler that is given to the virtual machine next. Until that is
   * in place it does nothing: with its default a SIGHUP that comes just then would end the process.
   */
  public static void heed() {
    if (isIgnored() && LibC.LOADED) {
      LibC.signal(NUMBER, LibC.functionThatDoesNothing());
    }
  }

  /** By the mask of signals in proc(5), whose last bit is of number 1. */
  private static boolean isIgnored() {
    try {
      return Files.isReadable(STATUS)
          && Files.readAllLines(STATUS).stream()
              .filter(line -> line.startsWith(IGNORED))
              .map(line -> line.substring(IGNORED.length()).strip())
              .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & 1) != 0);
    } catch (IOException notShown) {
      return false;
    }
  }
}
