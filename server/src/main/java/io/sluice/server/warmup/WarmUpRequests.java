package io.sluice.server.warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What is asked for in a {@link WarmUp}: heads of requests without their last lines, and files. */
final class WarmUpRequests {
  private static final int SCRIPT_BYTES = 512;
  private static final int KERNEL_BYTES = 256 * 1024;
  private static final int IMAGE_BYTES = 1024 * 1024;

  static final String SCRIPT = "GET /ipxe/boot.ipxe HTTP/1.1";

  /** What is answered at once: the script, small parts of large files, and refusals. */
  static final List<String> ALL =
      List.of(
          SCRIPT,
          "GET /boot/52:54:00:12:34:56 HTTP/1.1",
          "HEAD /images/disk.raw HTTP/1.1",
          "GET /pxelinux.cfg/default HTTP/1.0",
          "GET /pxelinux.cfg/none HTTP/1.0",
          "GET /boot/x86_64/vmlinuz HTTP/1.1\r\nIf-None-Match: \"none\"",
          "GET /images/disk.raw HTTP/1.1\r\nRange: bytes=1000-70000",
          "GET /images/disk.raw HTTP/1.1\r\nIf-None-Match: *",
          "GET /images/disk.raw HTTP/1.1\r\nRange: bytes=99999999-");

  /** With all that a template can say. */
  private static final String PROFILE =
      """
      #!ipxe
      kernel {{ base_url }}/boot/${buildarch}/{{ vars.kernel default "vmlinuz" | uri }} quiet
      {{ if "gpu" in tags and platform == "efi" }}
      initrd {{ base_url }}/boot/x86_64/gpu.img
      {{ elif image }}
      initrd {{ image_url }}
      {{ else }}
      {{ include "common" }}
      {{ end }}
      {{ for tag in tags }}
      echo {{ tag }}
      {{ end }}
      boot
      """;

  private WarmUpRequests() {}

  /** Writes the files that are asked for below a folder. */
  static void fill(Path root) throws IOException {
    write(root.resolve("ipxe/boot.ipxe"), SCRIPT_BYTES);
    write(root.resolve("pxelinux.cfg/default"), SCRIPT_BYTES);
    write(root.resolve("profiles/common.ipxe"), 0);
    Files.writeString(root.resolve("profiles/default.ipxe"), PROFILE);
    write(root.resolve("boot/x86_64/vmlinuz"), KERNEL_BYTES);
    write(root.resolve("images/disk.raw"), IMAGE_BYTES);
  }

  private static void write(Path file, int bytes) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[bytes]);
  }
}
