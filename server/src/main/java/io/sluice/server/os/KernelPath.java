package io.sluice.server.os;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import org.jspecify.annotations.Nullable;

/** Paths as the kernel has them: bytes, in the encoding that the JDK reads names in. */
public final class KernelPath {
  private static final Charset NAMES = names();

  private KernelPath() {}

  private static Charset names() {
    try {
      return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      return StandardCharsets.UTF_8;
    }
  }

  /** With a zero at the end; null when it is no path, or longer than one may be. */
  static byte @Nullable [] bytes(String path) {
    if (path.indexOf('\0') >= 0) {
      return null;
    }
    try {
      ByteBuffer encoded = NAMES.newEncoder().encode(CharBuffer.wrap(path));
      if (encoded.remaining() >= CallMemory.MOST_PATH_BYTES) {
        return null;
      }
      byte[] bytes = new byte[encoded.remaining() + 1];
      encoded.get(bytes, 0, bytes.length - 1);
      return bytes;
    } catch (CharacterCodingException noSuchName) {
      return null;
    }
  }

  /** Null when these are no letters, so that no request can mean it. */
  static @Nullable String text(byte[] path) {
    try {
      return NAMES.newDecoder().decode(ByteBuffer.wrap(path)).toString();
    } catch (CharacterCodingException noSuchName) {
      return null;
    }
  }

  /**
   * What is left of a path behind a folder.
   *
   * @return without a slash at the beginning; null when it is not below the folder
   */
  public static @Nullable String below(String folder, String path) {
    if (folder.equals("/")) {
      return path.startsWith("/") ? path.substring(1) : null;
    }
    if (path.equals(folder)) {
      return "";
    }
    return path.startsWith(folder) && path.charAt(folder.length()) == '/'
        ? path.substring(folder.length() + 1)
        : null;
  }

  /** Whether a real path is below a folder, and none of the names in between begins with a dot. */
  public static boolean isShown(String folder, String path) {
    String below = below(folder, path);
    return below != null && !below.startsWith(".") && !below.contains("/.");
  }
}
