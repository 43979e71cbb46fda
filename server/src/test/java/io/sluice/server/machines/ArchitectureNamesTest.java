package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureNamesTest {

  @ParameterizedTest
  @CsvSource({
    "x86_64, x86_64",
    "amd64, x86_64",
    "i386, x86_64",
    "aarch64, aarch64",
    "arm64, aarch64",
  })
  void aNameOfLinuxDebianOrABootLoaderIsRead(String name, String inside) {
    assertEquals(Optional.of(inside), Architecture.parse(name));
  }

  /** The first three are names that iPXE has for processors without images here. */
  @ParameterizedTest
  @ValueSource(strings = {"arm32", "riscv64", "loong64", "mips", "", "AMD64", " amd64", "x86-64"})
  void anyOtherNameIsNone(String name) {
    assertEquals(Optional.empty(), Architecture.parse(name));
  }

  @Test
  void messagesExpectEveryNameThatIsUsedInside() {
    TreeSet<String> inside = new TreeSet<>();
    Architecture.names().forEach(name -> inside.add(Architecture.parse(name).orElseThrow()));
    assertEquals(String.join(" or ", inside.descendingSet()), Architecture.EXPECTED);
  }
}
