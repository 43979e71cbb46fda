package io.sluice.server.os;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The kernel's table of what this process has open. It doubles when it is full, and the thread that
 * opens the next file or connection then waits for all processors to have noticed ({@code
 * expand_fdtable} in Linux' fs/file.c), which takes 5 to 15 ms: several times while the first
 * thousand machines connect, on the loop that answers scripts.
 */
public final class DescriptorTable {
  /** Room for so many takes 128 KiB of the kernel's memory. */
  private static final long MOST = 16 * 1024;

  private DescriptorTable() {}

  /**
   * Makes it as large as it will ever be, or as {@link #MOST} need.
   *
   * @return whether that could be done
   */
  static boolean makeRoom() {
    if (!LibC.LOADED
        || !(ManagementFactory.getOperatingSystemMXBean()
            instanceof UnixOperatingSystemMXBean system)) {
      return false;
    }
    long last = Math.min(MOST, system.getMaxFileDescriptorCount()) - 1;
    int any = LibC.eventfd(0, LibC.CLOSE_ON_EXEC);
    int high = LibC.fcntl(any, LibC.DUPLICATE, last);
    LibC.close(high);
    LibC.close(any);
    return high >= 0;
  }
}
