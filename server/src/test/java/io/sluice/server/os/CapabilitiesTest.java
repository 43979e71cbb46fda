package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class CapabilitiesTest {
  private static final Path THIS_THREAD = Path.of("/proc/thread-self");

  @Test
  void anAbsentOneSaysWhatItTakes() {
    assertEquals("pages yes", new Capability("pages", true, "more").toString());
    assertEquals("pages no (more)", new Capability("pages", false, "more").toString());
  }

  @Test
  void whatTakesNoPrivilegeIsThereAndTheThreadThatAsksStaysAsItIs() throws IOException {
    LinuxThread before = LinuxThread.of(THIS_THREAD);
    List<String> present =
        Capabilities.arrange().stream()
            .filter(Capability::present)
            .map(Capability::name)
            .filter(List.of("openat2 from memory", "readahead", "descriptor table")::contains)
            .toList();
    assertEquals(List.of("openat2 from memory", "readahead", "descriptor table"), present);
    assertEquals(before, LinuxThread.of(THIS_THREAD));
  }
}
