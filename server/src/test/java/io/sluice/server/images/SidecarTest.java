package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarTest {
  private static final String HEX = "ab".repeat(32);
  private static final String OTHER = "cd".repeat(32);

  private static Optional<String> said(String text) {
    return Sidecar.parse(text).digest("disk.raw");
  }

  @Test
  void everyFormatThatToolsWriteIsRead() {
    for (String line :
        List.of(
            HEX + "  disk.raw\n",
            HEX + " *disk.raw\n",
            HEX.toUpperCase(Locale.ROOT) + "  ./disk.raw\r\n",
            HEX + "  /srv/boot/images/disk.raw",
            "# of a build\n\n" + HEX + " disk.raw\n",
            "SHA256 (disk.raw) = " + HEX + "\n",
            "SHA256(./disk.raw)= " + HEX + "\n",
            "SHA2-256(disk.raw)= " + HEX + "\n",
            HEX + "\n",
            OTHER + "  other.raw\n" + HEX + "  disk.raw\n" + OTHER + "  disk.raw.zst\n")) {
      assertEquals(Optional.of(HEX), said(line), line);
    }
  }

  @Test
  void aLineThatNamesAnotherFileOrIsNoneSaysNothing() {
    for (String text :
        List.of(
            "",
            HEX + "  other.raw\n",
            HEX + "  disk.raw.zst\n",
            HEX + "  mydisk.raw\n",
            "SHA512 (disk.raw) = " + HEX + HEX,
            HEX + "0  disk.raw\n",
            "<html>disk.raw</html>")) {
      assertEquals(Optional.empty(), said(text), text);
    }
  }

  @Test
  void oneThatIsAboutOtherFilesTooIsNotTheImagesOwn() {
    assertTrue(Sidecar.parse(HEX + "  disk.raw\n").isOnlyOf("disk.raw"));
    assertTrue(Sidecar.parse(HEX).isOnlyOf("disk.raw"));
    assertFalse(Sidecar.parse(HEX + "  disk.raw\n" + HEX + "  b.raw\n").isOnlyOf("disk.raw"));
    assertFalse(Sidecar.parse("").isOnlyOf("disk.raw"));
  }

  @Test
  void whichIsOlderIsToldByTimesThatNobodySets(@TempDir Path folder) throws Exception {
    Path sidecar = Files.writeString(folder.resolve("disk.raw.sha256"), HEX);
    Path image = Files.writeString(folder.resolve("next"), "x");
    while (!Sidecar.isOlder(sidecar, image)) {
      // Until the clock of the file system has ticked.
      image = Files.move(image, folder.resolve(image.getFileName() + "x"));
    }
    Files.setLastModifiedTime(image, FileTime.from(Instant.EPOCH));
    assertTrue(Sidecar.isOlder(sidecar, image));
    assertFalse(Sidecar.isOlder(image, sidecar));
  }
}
