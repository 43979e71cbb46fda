package io.sluice.server.qcow2;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Names of other files in an image: counted bytes, not ended by NUL. */
final class FileName {
  private FileName() {}

  /** The text of a name. */
  static String decode(String what, ByteBuffer bytes) throws RefusedImageException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw RefusedImageException.of(
          what, StandardCharsets.UTF_8.decode(bytes.duplicate()), "UTF-8");
    }
    if (text.indexOf('\0') >= 0) {
      throw RefusedImageException.of(what, text, "no NUL in it");
    }
    return text;
  }

  /**
   * Refuses names that do not lead from the folder of the image: absolute ones, and those with a
   * protocol, which is what stands before a colon that comes before any slash.
   */
  static void checkRelative(String what, String name) throws RefusedImageException {
    int colon = name.indexOf(':');
    int slash = name.indexOf('/');
    boolean protocol = colon >= 0 && (slash < 0 || colon < slash);
    if (name.isEmpty() || slash == 0 || protocol) {
      throw RefusedImageException.of(
          what, name, "a path relative to the image, without a protocol");
    }
  }
}
