package io.sluice.server.files;

import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files that are asked for without their extensions, below a root. What lies beside an image and
 * says something about it is not taken for the image. Blocks on the file system.
 */
record NamedFiles(ServedRoot root) {
  /** Checksums, signatures, and downloads, uploads and edits that are not finished. */
  private static final Pattern SIDECARS =
      Pattern.compile(
          "\\.(md5|md5sum|md5sums|sha1|sha1sum|sha224|sha256|sha256sum|sha256sums|sha384"
              + "|sha512|sha512sum|sha512sums|b2|b2sum|b3|digest|digests|checksum|checksums"
              + "|asc|sig|sign|gpg|pgp|minisig|sigstore|bmap|zsync|torrent|meta4|metalink"
              + "|part|partial|tmp|temp|crdownload|download|aria2|upload|filepart|swp|lock)");

  /** What may be a file of its own, but is not where another lies beside it. */
  private static final Pattern NOTES =
      Pattern.compile(
          "\\.(txt|json|yaml|yml|xml|html|md|log|pem|crt|cert|manifest|packages|contents"
              + "|changes|verity|roothash|usrhash|cksum|crc|crc32|crc32c|sha3|sha3-256"
              + "|blake2b|blake3|spdx|cdx|jsonl|intoto|provenance|att|bundle|cosign|sbom|p7s"
              + "|bak|old|orig)");

  /**
   * The files of a folder that have this name with any extension or none, without checksums,
   * signatures and unfinished downloads that lie beside them.
   *
   * @param folder names from the root down
   * @return sorted by name
   */
  List<ServedRoot.Located> find(List<String> folder, String name) throws IOException {
    List<String> names =
        root.names(folder).stream()
            .filter(entry -> entry.equals(name) || entry.startsWith(name + "."))
            .filter(entry -> !entry.endsWith("~") && !SIDECARS.matcher(extension(entry)).matches())
            .sorted()
            .toList();
    List<ServedRoot.Located> found = new ArrayList<>();
    for (String entry : withoutNotes(names)) {
      root.find(Stream.concat(folder.stream(), Stream.of(entry)).toList()).ifPresent(found::add);
    }
    return found;
  }

  private static String extension(String name) {
    return name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT);
  }

  private static List<String> withoutNotes(List<String> names) {
    List<String> others =
        names.stream().filter(name -> !NOTES.matcher(extension(name)).matches()).toList();
    return others.isEmpty() ? names : others;
  }
}
