package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the header extensions say; unknown ones are passed over. QEMU's {@code docs/interop/qcow2},
 * section "Header extensions".
 *
 * @param backingFormat name of the format of the backing file, or null when it is not stated
 * @param dataFile name of the external data file, or null
 * @param featureNames what the image calls its incompatible features, by bit
 */
record HeaderExtensions(
    @Nullable String backingFormat, @Nullable String dataFile, Map<Integer, String> featureNames) {

  private static final int END = 0;
  private static final int BACKING_FORMAT = 0xe2792aca;
  private static final int FEATURE_NAMES = 0x6803f857;
  private static final int DATA_FILE = 0x44415441;

  /** An image has five or six; more than this is there to keep a reader busy. */
  private static final int MOST = 1000;

  private static final int LONGEST_TEXT = 1023;

  /** Three kinds of 64 features each, 48 bytes for each. */
  private static final int FEATURE_BYTES = 48;

  private static final int MOST_FEATURE_BYTES = 3 * 64 * FEATURE_BYTES;

  /**
   * Reads them.
   *
   * @param from where the first one begins in the file
   * @param end where they end at the latest, within the file
   */
  static HeaderExtensions read(ImageFile file, int from, int end) throws IOException {
    String format = null;
    String data = null;
    Map<Integer, String> features = new HashMap<>();
    int offset = from;
    for (int number = 0; end - offset >= 2 * Integer.BYTES; number++) {
      ByteBuffer head = part(file, offset, 2 * Integer.BYTES);
      int type = head.getInt(0);
      if (type == END) {
        break;
      }
      offset += 2 * Integer.BYTES;
      long length = Integer.toUnsignedLong(head.getInt(4));
      if (length > end - offset || number == MOST) {
        throw RefusedImageException.of(
            "header extension " + String.format("%08x", type),
            length + " bytes at " + offset,
            "at most " + MOST + ", within the first " + end + " bytes");
      }
      switch (type) {
        case BACKING_FORMAT -> format = text("backing file format", file, offset, length);
        case DATA_FILE -> data = text("external data file name", file, offset, length);
        case FEATURE_NAMES -> features.putAll(features(file, offset, length));
        default -> {
          // Nothing that matters to a reader.
        }
      }
      offset += (int) (length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }
    return new HeaderExtensions(format, data, Map.copyOf(features));
  }

  private static ByteBuffer part(ImageFile file, int offset, int length) throws IOException {
    ByteBuffer part = ByteBuffer.allocate(length);
    if (file.read(part, offset) < length) {
      throw RefusedImageException.of("header extensions", "cut off", "all of them in the file");
    }
    return part.flip();
  }

  private static String text(String what, ImageFile file, int offset, long length)
      throws IOException {
    if (length > LONGEST_TEXT) {
      throw RefusedImageException.of(what, length + " bytes", "at most " + LONGEST_TEXT);
    }
    return FileName.decode(what, part(file, offset, (int) length));
  }

  private static Map<Integer, String> features(ImageFile file, int offset, long length)
      throws IOException {
    Map<Integer, String> names = new HashMap<>();
    ByteBuffer table = part(file, offset, (int) Math.min(length, MOST_FEATURE_BYTES));
    byte[] entry = new byte[FEATURE_BYTES];
    while (table.remaining() >= FEATURE_BYTES) {
      table.get(entry);
      if (entry[0] == 0) {
        String name = new String(entry, 2, FEATURE_BYTES - 2, StandardCharsets.UTF_8);
        names.put(Byte.toUnsignedInt(entry[1]), name.replaceFirst("\0.*", ""));
      }
    }
    return names;
  }
}
