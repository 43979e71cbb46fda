package io.sluice.server.images;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file {@code NAME.sha256} says: lines of sha256sum ({@code DIGEST NAME}, {@code DIGEST
 * *NAME}), of BSD's sha256 ({@code SHA256 (NAME) = DIGEST}) and of openssl, with or without a
 * folder before the name, or a digest alone, which is that of the file beside it.
 */
public final class Sidecar {
  private static final String EXTENSION = ".sha256";

  /** Lists of many files are that long; in bytes. */
  private static final int LARGEST = 1024 * 1024;

  private static final Pattern SUM = Pattern.compile("\\\\?([0-9a-fA-F]{64})(?:\\s+\\*?(.+))?");
  private static final Pattern TAGGED =
      Pattern.compile("SHA(?:2-)?256\\s*\\((.+)\\)\\s*=\\s*([0-9a-fA-F]{64})");

  /** That of UTF-8, read as ISO 8859-1. */
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

  private final List<Line> lines = new ArrayList<>();

  /** A line with a digest; no name is that of the file beside it. */
  private record Line(String name, String digest) {
    boolean isOf(String file) {
      return name.isEmpty() || name.substring(name.lastIndexOf('/') + 1).equals(file);
    }
  }

  private Sidecar(String text) {
    String marked = text.startsWith(BYTE_ORDER_MARK) ? text.substring(3) : text;
    for (String each : marked.lines().map(String::strip).toList()) {
      Matcher sum = SUM.matcher(each);
      Matcher tagged = TAGGED.matcher(each);
      if (sum.matches()) {
        lines.add(new Line(sum.group(2) == null ? "" : sum.group(2).strip(), lower(sum.group(1))));
      } else if (tagged.matches()) {
        lines.add(new Line(tagged.group(1), lower(tagged.group(2))));
      }
    }
  }

  private static String lower(String digest) {
    return digest.toLowerCase(Locale.ROOT);
  }

  /** What a text says. */
  static Sidecar parse(String text) {
    return new Sidecar(text);
  }

  /**
   * Reads a file; one that cannot be read says nothing.
   *
   * @param file from the root down, or absolute
   */
  public static Sidecar read(ServedRoot root, Path file) {
    try (FileChannel channel = root.open(file);
        InputStream in = Channels.newInputStream(channel)) {
      return channel.size() <= LARGEST
          ? parse(new String(in.readNBytes(LARGEST), StandardCharsets.ISO_8859_1))
          : parse("");
    } catch (IOException gone) {
      return parse("");
    }
  }

  /** The name of the file that says something of another. */
  public static String of(String name) {
    return name + EXTENSION;
  }

  /**
   * Whether what stands beside a file was put there before the file was, or before its last change:
   * by the times of the inodes, which no program sets. Then it may be of another file.
   */
  static boolean isOlder(Path sidecar, Path image) throws IOException {
    return FileIdentity.followed(sidecar)
            .changed()
            .compareTo(FileIdentity.followed(image).changed())
        < 0;
  }

  /** What it says of a file, in hex. */
  Optional<String> digest(String file) {
    return lines.stream().filter(line -> line.isOf(file)).map(Line::digest).findFirst();
  }

  /** Whether it is about this file and no other. */
  public boolean isOnlyOf(String file) {
    return !lines.isEmpty() && lines.stream().allMatch(line -> line.isOf(file));
  }
}
