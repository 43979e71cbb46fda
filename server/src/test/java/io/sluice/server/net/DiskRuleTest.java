package io.sluice.server.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiskRuleTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "only",
        "smallest empty",
        "largest, transport=nvme, size>=1.5T",
        "size<=100g",
        "serial=S5H9* wwn=0x5002538?",
        "by-id=nvme-Samsung_*",
        "/dev/disk/by-path/pci-0000:00:1f.2-ata-1",
        "smallest smallest"
      })
  void aRuleIsWords(String rule) {
    assertEquals(Optional.empty(), DiskRule.problemOf(rule));
  }

  @ParameterizedTest
  @CsvSource({
    "biggest, biggest",
    "smallest largest, smallest largest",
    "empty size>=, size>=",
    "size>100G, size>100G",
    "transport=pigeon, transport=pigeon",
    "model=a$(b), model=a$(b)",
    "/etc/passwd, /etc/passwd"
  })
  void theWordThatIsNoneIsNamed(String rule, String problem) {
    assertEquals(Optional.of(problem), DiskRule.problemOf(rule));
  }
}
