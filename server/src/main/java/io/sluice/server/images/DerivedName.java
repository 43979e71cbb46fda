package io.sluice.server.images;

import io.sluice.server.derive.cache.DerivedFormat;
import java.util.List;
import java.util.Optional;

/**
 * A file name that stands for something derived.
 *
 * @param form what is derived
 * @param of the name of the file it is derived from, such as {@code debian.raw}
 */
record DerivedName(DerivedFormat form, String of) {
  private static final List<DerivedFormat> COPIES =
      List.of(DerivedFormat.RAW_TAR_ZST, DerivedFormat.RAW_ZST, DerivedFormat.RAW_GZ);
  private static final List<DerivedFormat> SIDECARS =
      List.of(DerivedFormat.SHA256, DerivedFormat.BMAP);

  /** Reads a name; empty when it is that of a file like any other. */
  static Optional<DerivedName> parse(String name) {
    for (DerivedFormat form : COPIES) {
      if (ends(name, form)) {
        return Optional.of(new DerivedName(form, stem(name, form) + ".raw"));
      }
    }
    for (DerivedFormat form : SIDECARS) {
      if (ends(name, form)) {
        return Optional.of(new DerivedName(form, stem(name, form)));
      }
    }
    return ends(name, DerivedFormat.RAW)
        ? Optional.of(new DerivedName(DerivedFormat.RAW, name))
        : Optional.empty();
  }

  /** Whether it is the disk itself in another form. */
  boolean isCopy() {
    return COPIES.contains(form);
  }

  private static boolean ends(String name, DerivedFormat form) {
    return name.endsWith("." + form.label()) && name.length() > form.label().length() + 1;
  }

  private static String stem(String name, DerivedFormat form) {
    return name.substring(0, name.length() - form.label().length() - 1);
  }
}
