package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    assertEquals(
        Stream.of("x86_64", "amd64", "i386", "aarch64", "arm64")
            .map(name -> Architecture.parse(name).orElseThrow())
            .distinct()
            .collect(Collectors.joining(" or ")),
        Architecture.EXPECTED);
  }
}
