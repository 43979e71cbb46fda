package io.sluice.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folders of a root. */
public final class RootFolders {
  private static final List<String> NAMES =
      List.of("boot", "boot-debian", "pxelinux.cfg", "ipxe", "images", "os", "profiles");

  private RootFolders() {}

  /**
   * Makes the root with its empty folders when it is missing; one that is there is left as it is.
   *
   * @throws IOException with a message for the operator, when it cannot be made or may not be read
   */
  public static void makeIfMissing(Path root) throws IOException {
    if (Files.exists(root)) {
      if (!Files.isReadable(root) || !Files.isExecutable(root)) {
        throw new UnusableSettingException(
            "root: " + root + " (expected: a directory the server may read)");
      }
      return;
    }
    try {
      for (String name : NAMES) {
        Files.createDirectories(root.resolve(name));
      }
    } catch (IOException e) {
      throw new IOException(
          "root: " + root + " (expected: one that is there or can be made; " + e + ")", e);
    }
  }
}
