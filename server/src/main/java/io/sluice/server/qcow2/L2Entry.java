package io.sluice.server.qcow2;

/**
 * An entry of an L2 table. QEMU's {@code docs/interop/qcow2}, sections "Cluster mapping" and
 * "Extended L2 Entries".
 *
 * @param descriptor the first eight bytes
 * @param bitmap the next eight bytes of an extended entry, else 0
 */
record L2Entry(long descriptor, long bitmap) {
  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
  private static final long ZERO = 1;
  private static final long COMPRESSED = 1L << 62;
  private static final long COPIED = 1L << 63;
  private static final long ALLOCATED = 0xffff_ffffL;
  private static final int SUBCLUSTERS = 32;
  private static final int SECTOR = 512;

  /** What an entry, or one subcluster of it, says. */
  enum Kind {
    /** Whatever the backing file has. */
    HOLE,
    ZERO,
    STORED,
    COMPRESSED,
    DAMAGED
  }

  /**
   * What this entry says.
   *
   * @param subcluster 0 to 31; 0 where there are none
   */
  Kind kind(Header header, int subcluster) {
    if ((descriptor & COMPRESSED) != 0) {
      return header.externalData() ? Kind.DAMAGED : Kind.COMPRESSED;
    }
    long offset = offset();
    boolean allocated = offset != 0 || (header.externalData() && (descriptor & COPIED) != 0);
    if (offset % header.clusterSize() != 0) {
      return Kind.DAMAGED;
    }
    if (header.extended()) {
      return subclusterKind(allocated, subcluster);
    }
    if ((descriptor & ZERO) != 0) {
      return header.version() == 2 ? Kind.DAMAGED : Kind.ZERO;
    }
    return allocated ? Kind.STORED : Kind.HOLE;
  }

  private Kind subclusterKind(boolean allocated, int subcluster) {
    boolean contradicts = ((bitmap >>> SUBCLUSTERS) & bitmap & ALLOCATED) != 0;
    if (contradicts || (!allocated && (bitmap & ALLOCATED) != 0)) {
      return Kind.DAMAGED;
    }
    if (((bitmap >>> (SUBCLUSTERS + subcluster)) & 1) != 0) {
      return Kind.ZERO;
    }
    return ((bitmap >>> subcluster) & 1) != 0 ? Kind.STORED : Kind.HOLE;
  }

  /** Why an entry is damaged. */
  String damage(Header header) {
    String entry = "L2 entry " + String.format("%016x", descriptor);
    if ((descriptor & COMPRESSED) != 0) {
      return entry + " (expected: none compressed beside an external data file)";
    }
    if (offset() % header.clusterSize() != 0) {
      return entry + " (expected: an offset that is a multiple of " + header.clusterSize() + ")";
    }
    if (header.extended()) {
      return entry
          + String.format(" %016x", bitmap)
          + " (expected: subclusters either zero or allocated at an offset)";
    }
    return entry + " (expected: no zero flag in version 2)";
  }

  /** Where a stored cluster begins. */
  long offset() {
    return descriptor & OFFSET_MASK;
  }

  /** Where a compressed cluster begins, of any alignment: "Compressed Clusters Descriptor". */
  long compressedOffset(Header header) {
    return descriptor & ((1L << sectorShift(header)) - 1);
  }

  /** How many bytes of the file a compressed cluster may take, rounded up to a sector. */
  int compressedLength(Header header) {
    long additional = (descriptor & (COMPRESSED - 1)) >>> sectorShift(header);
    return (int) ((additional + 1) * SECTOR - compressedOffset(header) % SECTOR);
  }

  private static int sectorShift(Header header) {
    return 62 - (header.clusterBits() - 8);
  }
}
