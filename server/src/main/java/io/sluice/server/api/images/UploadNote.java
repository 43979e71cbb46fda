package io.sluice.server.api.images;

import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a half image belongs to; kept beside it. A part that says nothing of another image is never
 * put behind it.
 *
 * @param id names the upload; another one of the same image has another
 * @param total length of the image in bytes, -1 while it is not known
 * @param sha256 of the whole image in hex, empty while it is not known
 * @param synced how many bytes the disk has for sure
 * @param boot the boot of the kernel in whose memory the others are
 */
record UploadNote(String id, long total, String sha256, long synced, String boot) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** A new one of which nothing has come. */
  static UploadNote begin(String id, long total, String sha256) {
    return new UploadNote(id, total, sha256, 0, thisBoot());
  }

  /** The same upload, of which more is known. */
  UploadNote learned(long length, String digest) {
    return new UploadNote(
        id, total < 0 ? length : total, sha256.isEmpty() ? digest : sha256, synced, boot);
  }

  /** The same upload, of which the disk has so much. */
  UploadNote synced(long bytes) {
    return new UploadNote(id, total, sha256, bytes, thisBoot());
  }

  /**
   * How much of a file can be relied on. What was written outlives a process, but what was not
   * synced does not outlive the machine.
   *
   * @param size of the file in bytes
   */
  long reliable(long size) {
    return boot.equals(thisBoot()) ? size : Math.min(size, synced);
  }

  /** How it names itself in header fields. */
  String tag() {
    return '"' + id + '"';
  }

  private static String thisBoot() {
    try {
      return Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip();
    } catch (IOException unknown) {
      return "";
    }
  }

  byte[] json() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("upload", id);
    fields.put("total", total);
    fields.put("sha256", sha256);
    fields.put("synced", synced);
    fields.put("boot", boot);
    return Json.bytes(fields);
  }

  /** Reads one; null when it is none. */
  static @Nullable UploadNote read(byte[] json) {
    try {
      Map<String, @Nullable Object> fields = Json.object(json);
      return fields.get("upload") instanceof String id
              && fields.get("total") instanceof Number total
              && fields.get("sha256") instanceof String sha256
              && fields.get("synced") instanceof Number synced
              && fields.get("boot") instanceof String boot
          ? new UploadNote(id, total.longValue(), sha256, synced.longValue(), boot)
          : null;
    } catch (BadRequest damaged) {
      return null;
    }
  }
}
