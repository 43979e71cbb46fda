package io.sluice.server.qcow2;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The incompatible features that are understood. */
enum Feature {
  DIRTY(0, "dirty"),
  CORRUPT(1, "corrupt"),
  EXTERNAL_DATA(2, "external data file"),
  COMPRESSION_TYPE(3, "compression type"),
  EXTENDED_L2(4, "extended L2 entries");

  private static final int KNOWN_BITS = 5;

  private final int bit;
  private final String title;

  Feature(int bit, String title) {
    this.bit = bit;
    this.title = title;
  }

  /** Whether a set of features has this one. */
  boolean isIn(long features) {
    return ((features >>> bit) & 1) != 0;
  }

  /** Names of the known features in a set. */
  static List<String> names(long features) {
    List<String> names = new ArrayList<>();
    for (Feature feature : values()) {
      if (feature.isIn(features)) {
        names.add(feature.title);
      }
    }
    return names;
  }

  /**
   * Refuses sets that hold an unknown feature or the mark of a corrupt image.
   *
   * @param names what the image calls its features, by bit
   */
  static void check(long features, Map<Integer, String> names) throws RefusedImageException {
    long unknown = features >>> KNOWN_BITS;
    if (unknown != 0) {
      int bit = Long.numberOfTrailingZeros(unknown) + KNOWN_BITS;
      String name = names.get(bit);
      throw RefusedImageException.of(
          "incompatible feature",
          "bit " + bit + (name == null ? "" : ", " + name),
          "none but bits 0 to " + (KNOWN_BITS - 1));
    }
    if (CORRUPT.isIn(features)) {
      throw RefusedImageException.of("image", "marked corrupt", "repaired by qemu-img check -r");
    }
  }
}
