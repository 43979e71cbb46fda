package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens images in a folder of a root and looks at the line they are refused with. */
final class Refusals {
  private final Path root;

  Refusals(Path root) {
    this.root = root;
  }

  Path images() throws IOException {
    return Files.createDirectories(root.resolve("images"));
  }

  /** The refusal: one line, without a trace of where the root is. */
  String refusal(byte[] image) throws IOException {
    Path file = Files.write(images().resolve("a.qcow2"), image);
    String message =
        assertThrows(
                RefusedImageException.class,
                () -> DiskImage.open(file, ImageFormat.QCOW2, root, Limits.STANDARD).close())
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    assertFalse(message.contains(root.toString()), message);
    return message;
  }

  void opens(byte[] image) throws Exception {
    Path file = Files.write(images().resolve("a.qcow2"), image);
    DiskImage.open(file, ImageFormat.QCOW2, root, Limits.STANDARD).close();
  }
}
