package io.sluice.server.os;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** What of this package this process can have on this machine. */
public final class Capabilities {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  private Capabilities() {}

  /**
   * Makes the process ready to serve, as far as the machine lets it, and looks at what it has: the
   * libraries that are loaded by now stay in memory. Threads that are tried end before this
   * returns.
   */
  public static List<Capability> arrange() {
    return List.of(
        new Capability(
            "huge pages",
            hasHugePages(),
            "-XX:+UseTransparentHugePages, and " + HUGE_PAGES + " not never"),
        new Capability(
            "openat2 from memory",
            CachedStat.isPossible(),
            "Linux 5.12, and a container that allows openat2"),
        new Capability(
            "openat2 beneath",
            Descriptor.canStayBeneath(),
            "Linux 5.6, and a container that allows openat2"),
        new Capability(
            "readahead",
            canReadAhead(),
            "glibc 2.28, --add-opens java.base/java.io and java.base/sun.nio.ch"),
        new Capability("descriptor table", DescriptorTable.makeRoom(), "ulimit -n"),
        new Capability("libcrypto SHA-256", CryptoSha256.begin().isPresent(), "install OpenSSL"),
        new Capability(
            "priorities", onThreadOfItsOwn(Niceness::isGranted), "CAP_SYS_NICE or ulimit -e 30"),
        new Capability("locked memory", ResidentCode.keep(), "ulimit -l"));
  }

  /** What a thread is given by a trial must not stay with it. */
  private static boolean onThreadOfItsOwn(BooleanSupplier trial) {
    CompletableFuture<Boolean> outcome = new CompletableFuture<>();
    new Thread(() -> outcome.complete(trial.getAsBoolean()), "sluice-trial").start();
    return outcome.join();
  }

  /** Whether the virtual machine asks for them, and the kernel has them for those that ask. */
  private static boolean hasHugePages() {
    try {
      return Files.isReadable(HUGE_PAGES)
          && !Files.readString(HUGE_PAGES).contains("[never]")
          && Boolean.parseBoolean(
              ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                  .getVMOption("UseTransparentHugePages")
                  .getValue());
    } catch (IOException | IllegalArgumentException noSuchOption) {
      return false;
    }
  }

  private static boolean canReadAhead() {
    try (FileChannel any = FileChannel.open(Path.of("/dev/null"))) {
      return Readahead.isPossible(any);
    } catch (IOException noSuchDevice) {
      return false;
    }
  }
}
