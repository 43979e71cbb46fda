package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The header of a QCOW2 file, version 2 or 3, checked: QEMU's {@code docs/interop/qcow2}, section
 * "Header".
 *
 * @param version 2 or 3
 * @param clusterBits a cluster has 1 &lt;&lt; clusterBits bytes, 9 to 21
 * @param size length of the virtual disk in bytes
 * @param l1Entries number of entries of the L1 table, enough for the virtual disk
 * @param l1Offset where the L1 table is in the file; all of it is within the file
 * @param snapshots how many internal snapshots there are
 * @param incompatible the incompatible features, all of them known
 * @param compatible the compatible features
 * @param compression of the compressed clusters
 * @param backing name of the backing file, or null
 * @param extensions the header extensions that matter
 */
record Header(
    int version,
    int clusterBits,
    long size,
    int l1Entries,
    long l1Offset,
    long snapshots,
    long incompatible,
    long compatible,
    Compression compression,
    @Nullable String backing,
    HeaderExtensions extensions) {

  /** QEMU takes clusters up to 2 MiB; larger ones are found nowhere. */
  static final int MOST_CLUSTER_BITS = 21;

  static final int LEAST_CLUSTER_BITS = 9;

  private static final int V2_LENGTH = 72;
  private static final int V3_LENGTH = 104;
  private static final int LEAST_EXTENDED_CLUSTER_BITS = 14;
  private static final int MOST_REFCOUNT_ORDER = 6;

  /** 32 MiB, as in QEMU. */
  private static final int MOST_L1_ENTRIES = 32 * 1024 * 1024 / Long.BYTES;

  private static final int LONGEST_NAME = 1023;

  /** Length of a cluster in bytes. */
  int clusterSize() {
    return 1 << clusterBits;
  }

  /** Whether an L2 entry has 16 bytes and clusters have subclusters. */
  boolean extended() {
    return Feature.EXTENDED_L2.isIn(incompatible);
  }

  /** Whether clusters are kept in another file. */
  boolean externalData() {
    return Feature.EXTERNAL_DATA.isIn(incompatible);
  }

  /** An L2 table covers 1 &lt;&lt; tableBits bytes of the virtual disk. */
  int tableBits() {
    return tableBits(clusterBits, extended());
  }

  private static int tableBits(int clusterBits, boolean extended) {
    return clusterBits + clusterBits - (extended ? 4 : 3);
  }

  /**
   * Reads and checks a header.
   *
   * @throws RefusedImageException when there is none, or none that can be served
   */
  static Header read(ImageFile file, Limits limits) throws IOException {
    ByteBuffer fixed = ByteBuffer.allocate(V3_LENGTH + Long.BYTES);
    int length = file.read(fixed, 0);
    if (length < Integer.BYTES || fixed.getInt(0) != ImageFormat.MAGIC) {
      throw RefusedImageException.of("format", "unknown", "a QCOW2 image, which begins QFI\\xfb");
    }
    long version = length < 8 ? 0 : Integer.toUnsignedLong(fixed.getInt(4));
    if (version != 2 && version != 3) {
      throw RefusedImageException.of("version", version, "2 or 3");
    }
    int least = version == 2 ? V2_LENGTH : V3_LENGTH;
    if (length < least) {
      throw RefusedImageException.of("file", length + " bytes", "a header of at least " + least);
    }
    return new Parts(file, fixed, (int) version, limits).header();
  }

  /** The fixed part of a header while it is being checked. */
  private record Parts(ImageFile file, ByteBuffer bytes, int version, Limits limits) {

    Header header() throws IOException {
      int clusterBits = within("cluster bits", 20, LEAST_CLUSTER_BITS, MOST_CLUSTER_BITS);
      int headerLength = headerLength(1 << clusterBits);
      long incompatible = version == 2 ? 0 : bytes.getLong(72);
      int end = extensionsEnd(1 << clusterBits, headerLength);
      HeaderExtensions extensions = HeaderExtensions.read(file, headerLength, end);
      Feature.check(incompatible, extensions.featureNames());
      boolean extended = Feature.EXTENDED_L2.isIn(incompatible);
      if (extended && clusterBits < LEAST_EXTENDED_CLUSTER_BITS) {
        throw RefusedImageException.of(
            "cluster bits", clusterBits, "at least 14 with extended L2 entries");
      }
      if (version == 3) {
        within("refcount order", 96, 0, MOST_REFCOUNT_ORDER);
      }
      if (bytes.getInt(32) != 0) {
        throw RefusedImageException.of(
            "encryption", encryption(bytes.getInt(32)), "an image that is not encrypted");
      }
      long size = size();
      int l1Entries = l1Entries(size, tableBits(clusterBits, extended));
      return new Header(
          version,
          clusterBits,
          size,
          l1Entries,
          l1Offset(l1Entries, 1 << clusterBits),
          Integer.toUnsignedLong(bytes.getInt(60)),
          incompatible,
          version == 2 ? 0 : bytes.getLong(80),
          compression(incompatible, headerLength),
          backing(1 << clusterBits),
          extensions);
    }

    private int within(String what, int at, int least, int most) throws RefusedImageException {
      long value = Integer.toUnsignedLong(bytes.getInt(at));
      if (value < least || value > most) {
        throw RefusedImageException.of(what, value, least + " to " + most);
      }
      return (int) value;
    }

    private int headerLength(int clusterSize) throws RefusedImageException {
      if (version == 2) {
        return V2_LENGTH;
      }
      int length = within("header length", 100, V3_LENGTH, clusterSize);
      if (length % Long.BYTES != 0 || length > file.size()) {
        throw RefusedImageException.of(
            "header length", length, "a multiple of 8 within the file of " + file.size());
      }
      return length;
    }

    private static String encryption(int method) {
      return switch (method) {
        case 1 -> "AES";
        case 2 -> "LUKS";
        default -> "method " + Integer.toUnsignedString(method);
      };
    }

    /** Extensions go as far as the name of the backing file, else as far as the first cluster. */
    private int extensionsEnd(int clusterSize, int headerLength) throws RefusedImageException {
      long name = bytes.getLong(8);
      if (name == 0) {
        return (int) Math.min(clusterSize, file.size());
      }
      if (name < headerLength || name > clusterSize || name > file.size()) {
        throw RefusedImageException.of(
            "backing file offset",
            Long.toUnsignedString(name),
            "between the header of " + headerLength + " and the end of the first cluster");
      }
      return (int) name;
    }

    private @Nullable String backing(int clusterSize) throws IOException {
      long offset = bytes.getLong(8);
      long length = Integer.toUnsignedLong(bytes.getInt(16));
      if (offset == 0 || length == 0) {
        return null;
      }
      long most = Math.min(LONGEST_NAME, Math.min(clusterSize, file.size()) - offset);
      if (length > most) {
        throw RefusedImageException.of(
            "backing file name length", length, "at most " + most + ", within the first cluster");
      }
      ByteBuffer name = ByteBuffer.allocate((int) length);
      if (file.read(name, offset) < length) {
        throw RefusedImageException.of("backing file name", "cut off", "all of it in the file");
      }
      return FileName.decode("backing file name", name.flip());
    }

    private long size() throws RefusedImageException {
      long size = bytes.getLong(24);
      if (size < 0 || size > limits.virtualSize()) {
        throw RefusedImageException.of(
            "virtual size", Long.toUnsignedString(size), "at most " + limits.virtualSize());
      }
      return size;
    }

    private int l1Entries(long size, int tableBits) throws RefusedImageException {
      long entries = Integer.toUnsignedLong(bytes.getInt(36));
      long needed = size == 0 ? 0 : ((size - 1) >>> tableBits) + 1;
      if (entries < needed || entries > MOST_L1_ENTRIES) {
        throw RefusedImageException.of(
            "L1 table entries",
            entries,
            needed > MOST_L1_ENTRIES
                ? needed + " for this virtual size, but at most " + MOST_L1_ENTRIES
                : needed + " to " + MOST_L1_ENTRIES);
      }
      return (int) entries;
    }

    private long l1Offset(int entries, int clusterSize) throws RefusedImageException {
      long offset = bytes.getLong(40);
      long length = (long) entries * Long.BYTES;
      if (entries > 0 && (offset % clusterSize != 0 || offset <= 0)) {
        throw RefusedImageException.of(
            "L1 table offset", Long.toUnsignedString(offset), "a multiple of " + clusterSize);
      }
      if (entries > 0 && offset > file.size() - length) {
        throw RefusedImageException.of(
            "L1 table",
            length + " bytes at " + offset,
            "within the file of " + file.size() + " bytes");
      }
      return offset;
    }

    /** The type is there only in a header that is long enough, and goes together with its bit. */
    private Compression compression(long incompatible, int headerLength)
        throws RefusedImageException {
      int type = headerLength > V3_LENGTH ? Byte.toUnsignedInt(bytes.get(V3_LENGTH)) : 0;
      boolean stated = Feature.COMPRESSION_TYPE.isIn(incompatible);
      if (stated != (type != 0)) {
        throw RefusedImageException.of(
            "compression type", type, stated ? "1, zstd, as its feature bit says" : "0, zlib");
      }
      if (type > 1) {
        throw RefusedImageException.of("compression type", type, "0, zlib, or 1, zstd");
      }
      return type == 0 ? Compression.DEFLATE : Compression.ZSTD;
    }
  }
}
