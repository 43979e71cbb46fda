package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteCountTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B, 0 bytes",
    "1023, 1023 B, 1023 bytes",
    "1024, 1 KiB, 1 KiB (1024 bytes)",
    "1536, 1.5 KiB, 1.5 KiB (1536 bytes)",
    "1048576, 1 MiB, 1 MiB (1048576 bytes)",
    "10737418240, 10 GiB, 10 GiB (10737418240 bytes)",
    "9223372036854775807, 8 EiB, 8 EiB (9223372036854775807 bytes)",
  })
  void numbersAreRoundedForPeople(long bytes, String rounded, String exactly) {
    assertEquals(rounded, ByteCount.of(bytes));
    assertEquals(exactly, ByteCount.exactly(bytes));
  }
}
