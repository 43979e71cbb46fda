package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DescriptorTableTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** How many descriptors the kernel's table has room for. */
  private static long room() throws IOException {
    List<String> lines = Files.readAllLines(STATUS);
    return lines.stream()
        .filter(line -> line.startsWith("FDSize:"))
        .mapToLong(line -> Long.parseLong(line.substring("FDSize:".length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void itHasRoomForManyConnectionsBeforeTheyCome() throws IOException {
    assumeTrue(Files.isReadable(STATUS), "Linux only");
    DescriptorTable.makeRoom();
    long room = room();
    long most =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    assertTrue(room >= Math.min(most, 16 * 1024), "has room for " + room);
    DescriptorTable.makeRoom();
    assertEquals(room, room());
  }
}
