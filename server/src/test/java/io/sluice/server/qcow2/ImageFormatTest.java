package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFormatTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"'',RAW", "QFI,RAW", "QFI\u00fb,QCOW2", "QFI\u00fbmore,QCOW2", "qfi\u00fb,RAW"})
  void theFirstFourBytesDecide(String content, ImageFormat format) throws IOException {
    Path file = Files.write(folder.resolve("f"), content.getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(format, ImageFormat.detect(file));
  }
}
