package io.sluice.server.files;

import java.util.Locale;
import java.util.Map;

/** The media types boot clients are content with, by file name. What is not known is bytes. */
public final class ContentTypes {
  /** Plain text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private static final String BYTES = "application/octet-stream";

  private static final Map<String, String> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("ipxe", TEXT),
          Map.entry("pxe", TEXT),
          Map.entry("cfg", TEXT),
          Map.entry("conf", TEXT),
          Map.entry("txt", TEXT),
          Map.entry("ks", TEXT),
          Map.entry("preseed", TEXT),
          Map.entry("yaml", TEXT),
          Map.entry("yml", TEXT),
          Map.entry("ign", "application/json"),
          Map.entry("json", "application/json"),
          Map.entry("sha256", TEXT),
          Map.entry("sha512", TEXT),
          Map.entry("bmap", "application/xml"),
          Map.entry("efi", "application/efi"),
          Map.entry("iso", "application/x-iso9660-image"),
          Map.entry("zst", "application/zstd"),
          Map.entry("xz", "application/x-xz"),
          Map.entry("gz", "application/gzip"),
          Map.entry("tgz", "application/gzip"),
          Map.entry("bz2", "application/x-bzip2"),
          Map.entry("tar", "application/x-tar"));

  private ContentTypes() {}

  /** The type of a file by the last extension of its name. */
  public static String of(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return BY_EXTENSION.getOrDefault(extension, BYTES);
  }
}
