package io.sluice.server.images;

import io.sluice.server.derive.cache.Form;
import java.util.List;
import java.util.Optional;

/**
 * A file name that stands for something derived.
 *
 * @param form what is derived
 * @param of the name of the file it is derived from, such as {@code debian.raw}
 */
record DerivedName(Form form, String of) {
  private static final List<Form> COPIES = List.of(Form.RAW_TAR_ZST, Form.RAW_ZST, Form.RAW_GZ);
  private static final List<Form> SIDECARS = List.of(Form.SHA256, Form.BMAP);

  /** Reads a name; empty when it is that of a file like any other. */
  static Optional<DerivedName> parse(String name) {
    for (Form form : COPIES) {
      if (ends(name, form)) {
        return Optional.of(new DerivedName(form, stem(name, form) + ".raw"));
      }
    }
    for (Form form : SIDECARS) {
      if (ends(name, form)) {
        return Optional.of(new DerivedName(form, stem(name, form)));
      }
    }
    return ends(name, Form.RAW) ? Optional.of(new DerivedName(Form.RAW, name)) : Optional.empty();
  }

  /** Whether it is the disk itself in another form. */
  boolean isCopy() {
    return COPIES.contains(form);
  }

  private static boolean ends(String name, Form form) {
    return name.endsWith("." + form.label()) && name.length() > form.label().length() + 1;
  }

  private static String stem(String name, Form form) {
    return name.substring(0, name.length() - form.label().length() - 1);
  }
}
