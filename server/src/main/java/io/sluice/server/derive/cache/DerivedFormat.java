package io.sluice.server.derive.cache;

import java.util.Arrays;
import java.util.Optional;

/** The kinds of things that are made from a disk. A closed set: they are label values. */
public enum DerivedFormat {
  /** The disk as it is, as far as it had to be inflated to be sent. */
  RAW("raw"),
  /** What a compressed file holds. */
  INFLATED("inflated"),
  /** The disk as one zstd frame. */
  RAW_ZST("raw.zst"),
  /** The disk as one gzip member. */
  RAW_GZ("raw.gz"),
  /** A tar archive with the disk as its one member, as one zstd frame. */
  RAW_TAR_ZST("raw.tar.zst"),
  /** Which blocks of the disk have to be written (bmap 2.0). */
  BMAP("bmap"),
  /** The SHA-256 of a file. */
  SHA256("sha256");

  private final String label;

  DerivedFormat(String label) {
    this.label = label;
  }

  /** Value of the label {@code kind}, and what stands behind the dot of a file's name. */
  public String label() {
    return label;
  }

  /** The form with this label. */
  static Optional<DerivedFormat> ofLabel(String label) {
    return Arrays.stream(values()).filter(form -> form.label.equals(label)).findFirst();
  }
}
