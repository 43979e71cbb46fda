package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "utf8"})
  void everyNameIsFoundInAUtf8Locale(String encoding) {
    assertEquals(Optional.empty(), FileNames.warning(encoding));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ANSI_X3.4-1968", "ISO-8859-1", "no such thing", ""})
  void anotherLocaleIsNamedWithTheWayOut(String encoding) {
    String warning = FileNames.warning(encoding).orElseThrow();
    assertTrue(warning.startsWith("file names: " + encoding + " (expected: "), warning);
    assertTrue(warning.contains("LC_ALL=C.UTF-8"), warning);
  }

  @Test
  void theEncodingIsThatOfThisProcess() {
    assertEquals(
        FileNames.warning(System.getProperty("sun.jnu.encoding", "")), FileNames.warning());
  }
}
