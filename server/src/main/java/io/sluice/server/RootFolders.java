package io.sluice.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folders of a root. */
final class RootFolders {
  private static final List<String> NAMES =
      List.of("boot", "boot-debian", "pxelinux.cfg", "ipxe", "images", "os", "profiles");

  private RootFolders() {}

  /**
   * Makes the root with its empty folders when it is missing; one that is there is left as it is.
   */
  static void makeIfMissing(Path root) throws IOException {
    if (Files.exists(root)) {
      return;
    }
    for (String name : NAMES) {
      Files.createDirectories(root.resolve(name));
    }
  }
}
