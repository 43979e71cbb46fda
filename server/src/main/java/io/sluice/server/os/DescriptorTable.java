package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's table of what this process has open. It doubles when it is full, and whoever opens
 * the next file or connection then waits for all processors to have noticed ({@code expand_fdtable}
 * in Linux' fs/file.c), which takes 5 to 15 ms: several times while the first thousand machines
 * connect, on the loop that answers scripts.
 */
public final class DescriptorTable {
  private static final Logger LOG = LoggerFactory.getLogger(DescriptorTable.class);

  /** Room for so many takes 128 KiB of the kernel's memory. */
  private static final long MOST = 16 * 1024;

  private DescriptorTable() {}

  /** Makes it as large as it will ever be, or as {@link #MOST} need; elsewhere does nothing. */
  public static void makeRoom() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof UnixOperatingSystemMXBean system)) {
      return;
    }
    long last = Math.min(MOST, system.getMaxFileDescriptorCount()) - 1;
    try {
      LibC library = Native.load("c", LibC.class);
      int any = library.eventfd(0, LibC.CLOSE_ON_EXEC);
      int high = library.fcntl(any, LibC.DUPLICATE, (int) last);
      if (high < 0) {
        LOG.debug("the table of open files has no room for {} yet", last);
      }
      library.close(high);
      library.close(any);
    } catch (LinkageError e) {
      LOG.debug("the table of open files grows when it is full", e);
    }
  }
}
