package io.sluice.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "125000000, 125000000",
    "7B, 7",
    "1K, 1000",
    "1Ki, 1024",
    "500M, 500000000",
    "500MB, 500000000",
    "20GiB, 21474836480",
    "8388607T, 8388607000000000000",
  })
  void sizesAreReadAsPeopleWriteThem(String text, long bytes) {
    assertEquals(OptionalLong.of(bytes), ByteSize.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "G",
        "-1",
        "1.5G",
        "1 G",
        "1g",
        "1P",
        "1iB",
        "9999999T",
        "1234567890123456789"
      })
  void whatIsNoSizeOrTooMuchIsNone(String text) {
    assertTrue(ByteSize.parse(text).isEmpty());
  }
}
