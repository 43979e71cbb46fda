package io.sluice.server.derive.source;

/** What the bytes of a file in the images' folder are, whatever its name says. */
public enum ContentFormat {
  /** The disk itself: whatever is none of the others. */
  RAW("raw"),
  /** QEMU's copy-on-write format. */
  QCOW2("qcow2"),
  /** The .xz file format 1.x. */
  XZ("xz"),
  /** RFC 1952. */
  GZIP("gz"),
  /** RFC 8878. */
  ZSTD("zst"),
  /** bzip2 0.9 and later. */
  BZIP2("bz2"),
  /** VMware: sparse, for streams, or a descriptor that names other files. */
  VMDK("vmdk"),
  /** Virtual PC, dynamic or of fixed size. */
  VHD("vhd"),
  /** Hyper-V. */
  VHDX("vhdx"),
  /** VirtualBox. */
  VDI("vdi"),
  /** QEMU's first copy-on-write format, version 1. */
  QCOW("qcow"),
  /** QEMU's enhanced disk. */
  QED("qed"),
  /** Parallels, expanding. */
  PARALLELS("parallels");

  private final String label;

  ContentFormat(String label) {
    this.label = label;
  }

  /** A word for it, which is its usual extension. */
  public String label() {
    return label;
  }

  /** Whether it is a stream that has to be inflated to know what is in it. */
  public boolean isCompressed() {
    return switch (this) {
      case XZ, GZIP, ZSTD, BZIP2 -> true;
      case RAW, QCOW2, VMDK, VHD, VHDX, VDI, QCOW, QED, PARALLELS -> false;
    };
  }

  /** Whether it holds a disk in a format that is not read here. */
  public boolean isForeign() {
    return switch (this) {
      case VMDK, VHD, VHDX, VDI, QCOW, QED, PARALLELS -> true;
      case RAW, QCOW2, XZ, GZIP, ZSTD, BZIP2 -> false;
    };
  }
}
