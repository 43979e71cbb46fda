package io.sluice.server.derive.source;

/** What the bytes of a file in the images' folder are, whatever its name says. */
public enum ContentFormat {
  /** The disk itself: whatever is none of the others. */
  RAW("raw", Kind.DISK),
  /** QEMU's copy-on-write format. */
  QCOW2("qcow2", Kind.DISK),
  /** The .xz file format 1.x. */
  XZ("xz", Kind.COMPRESSED),
  /** RFC 1952. */
  GZIP("gz", Kind.COMPRESSED),
  /** RFC 8878. */
  ZSTD("zst", Kind.COMPRESSED),
  /** bzip2 0.9 and later. */
  BZIP2("bz2", Kind.COMPRESSED),
  /** VMware: sparse, for streams, or a descriptor that names other files. */
  VMDK("vmdk", Kind.FOREIGN),
  /** Virtual PC, dynamic or of fixed size. */
  VHD("vhd", Kind.FOREIGN),
  /** Hyper-V. */
  VHDX("vhdx", Kind.FOREIGN),
  /** VirtualBox. */
  VDI("vdi", Kind.FOREIGN),
  /** QEMU's first copy-on-write format, version 1. */
  QCOW("qcow", Kind.FOREIGN),
  /** QEMU's enhanced disk. */
  QED("qed", Kind.FOREIGN),
  /** Parallels, expanding. */
  PARALLELS("parallels", Kind.FOREIGN);

  private enum Kind {
    DISK,
    COMPRESSED,
    FOREIGN
  }

  private final String label;
  private final Kind kind;

  ContentFormat(String label, Kind kind) {
    this.label = label;
    this.kind = kind;
  }

  /** A word for it, which is its usual extension. */
  public String label() {
    return label;
  }

  /** Whether it is a stream that has to be inflated to know what is in it. */
  public boolean isCompressed() {
    return kind == Kind.COMPRESSED;
  }

  /** Whether it holds a disk in a format that is not read here. */
  public boolean isForeign() {
    return kind == Kind.FOREIGN;
  }
}
