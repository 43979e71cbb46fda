package io.sluice.server.os;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Optional;

/**
 * Whether every name of a file can be found. The JDK takes the encoding of names from the locale
 * when it starts, and nothing can change it afterwards; services are often started without one.
 */
public final class FileNames {
  private FileNames() {}

  /** What the operator should know of this process, if anything. */
  public static Optional<String> warning() {
    return warning(System.getProperty("sun.jnu.encoding", ""));
  }

  public static Optional<String> warning(String encoding) {
    return isUtf8(encoding)
        ? Optional.empty()
        : Optional.of(
            "file names: "
                + encoding
                + " (expected: a UTF-8 locale, such as LC_ALL=C.UTF-8; names with other letters"
                + " than ASCII are not found)");
  }

  private static boolean isUtf8(String encoding) {
    try {
      return Charset.forName(encoding).equals(StandardCharsets.UTF_8);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return false;
    }
  }
}
