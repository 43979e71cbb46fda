package io.sluice.server.derive.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * What a look at the first and the last bytes of a file says of it. More than a magic number is
 * looked at wherever there is more: a raw disk begins with what its user wrote there.
 *
 * @param format what it is
 * @param partitioned whether it begins as a disk does that PCs boot or that has a partition table
 * @param sectors whether it may be the bytes of a disk: whole sectors that do not begin as a QCOW2
 *     image does whose magic number is damaged
 * @param unmarked whether its beginning does not tell, but its end does: QEMU takes it for raw then
 */
public record DiskContent(
    ContentFormat format, boolean partitioned, boolean sectors, boolean unmarked) {
  /** How much of the beginning and of the end is looked at, in bytes. */
  private static final int LOOK_BYTES = 512;

  private static final int QCOW2_MAGIC = 0x514649fb;
  private static final int QCOW2_CLUSTER_BITS_AT = 20;
  private static final int QCOW2_LEAST_CLUSTER_BITS = 9;
  private static final int QCOW2_MOST_CLUSTER_BITS = 21;
  private static final int QCOW2_SIZE_AT = 24;
  private static final int ZSTD_MAGIC = 0xfd2fb528;

  /** Frames to be skipped have one of sixteen numbers (RFC 8878 §3.1.2). */
  private static final int ZSTD_SKIPPABLE = 0x184d2a50;

  private static final int ZSTD_SKIPPABLE_MASK = 0xfffffff0;
  private static final byte[] XZ_MAGIC = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};

  /** Of the first block of a stream, or of the end of an empty one; after the level. */
  private static final byte[] BZIP2_BLOCK = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};

  private static final byte[] BZIP2_END = {0x17, 0x72, 0x45, 0x38, 0x50, (byte) 0x90};

  /** FLG: the bits that must be zero (RFC 1952 §2.3.1.2). */
  private static final int GZIP_RESERVED = 0xe0;

  private static final int QED_MAGIC = 0x51454400;
  private static final int PARALLELS_VERSION_AT = 16;
  private static final int VDI_AT = 0x40;
  private static final int VDI_SIGNATURE = 0xbeda107f;
  private static final String VHD_COOKIE = "conectix";
  private static final int VHD_CHECKSUM_AT = 64;
  private static final int BOOT_SIGNATURE_AT = 510;

  /** Why a file of this content will not be read, with what to run; empty when it may be. */
  public Optional<String> advice(String name, String stem) {
    if (!format.isForeign()) {
      return Optional.empty();
    }
    String converted = stem + ".qcow2";
    boolean taken = converted.equalsIgnoreCase(name);
    String written = taken ? "." + name : converted;
    return Optional.of(
        "qemu-img convert "
            + (unmarked ? "-f vpc " : "")
            + "-O qcow2 "
            + word(name)
            + " "
            + word(written)
            + (taken ? " && mv " + word(written) + " " + word(name) : ""));
  }

  /** A name as one word of a shell, and no option. */
  private static String word(String name) {
    String path = name.startsWith("-") ? "./" + name : name;
    return path.matches("[A-Za-z0-9._+@%:,=~/-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }

  /** Looks at an open file. Blocks. */
  public static DiskContent of(FileChannel file) throws IOException {
    long size = file.size();
    ByteBuffer head = read(file, 0, size);
    DiskContent beginning = ofBeginning(head);
    boolean footed =
        beginning.format() == ContentFormat.RAW
            && size > LOOK_BYTES
            && isVhd(read(file, size - LOOK_BYTES, size));
    boolean sectors = beginning.sectors() && size % LOOK_BYTES == 0;
    return new DiskContent(
        footed ? ContentFormat.VHD : beginning.format(), beginning.partitioned(), sectors, footed);
  }

  /** What the first 512 bytes of something say, or all of them if there are fewer. */
  public static DiskContent ofBeginning(ByteBuffer head) {
    boolean partitioned =
        head.remaining() == LOOK_BYTES
            && head.get(BOOT_SIGNATURE_AT) == 0x55
            && head.get(BOOT_SIGNATURE_AT + 1) == (byte) 0xaa;
    boolean sectors = head.remaining() == LOOK_BYTES && !isDamagedQcow2(head);
    return new DiskContent(ofHead(head), partitioned, sectors, false);
  }

  /** Version and cluster size of a QCOW2 header (QCOW2, "Header") without its magic number. */
  private static boolean isDamagedQcow2(ByteBuffer head) {
    int version = head.getInt(Integer.BYTES);
    int clusterBits = head.getInt(QCOW2_CLUSTER_BITS_AT);
    return head.getInt(0) != QCOW2_MAGIC
        && (version == 2 || version == 3)
        && clusterBits >= QCOW2_LEAST_CLUSTER_BITS
        && clusterBits <= QCOW2_MOST_CLUSTER_BITS;
  }

  /** What the header of a QCOW2 image says; the image may turn out to be another one. */
  public static OptionalLong virtualSize(ByteBuffer head) {
    boolean said =
        ofHead(head) == ContentFormat.QCOW2
            && head.remaining() >= QCOW2_SIZE_AT + Long.BYTES
            && head.getLong(QCOW2_SIZE_AT) >= 0;
    return said ? OptionalLong.of(head.getLong(QCOW2_SIZE_AT)) : OptionalLong.empty();
  }

  private static ContentFormat ofHead(ByteBuffer head) {
    if (head.remaining() < Long.BYTES) {
      return ContentFormat.RAW;
    }
    ByteBuffer bytes = head.duplicate().order(ByteOrder.BIG_ENDIAN);
    if (bytes.getInt(0) == QCOW2_MAGIC) {
      return bytes.getInt(Integer.BYTES) == 1 ? ContentFormat.QCOW : ContentFormat.QCOW2;
    }
    ContentFormat stream = compressed(bytes);
    return stream == ContentFormat.RAW ? foreign(bytes) : stream;
  }

  private static ContentFormat compressed(ByteBuffer head) {
    int little = Integer.reverseBytes(head.getInt(0));
    if (little == ZSTD_MAGIC || (little & ZSTD_SKIPPABLE_MASK) == ZSTD_SKIPPABLE) {
      return ContentFormat.ZSTD;
    }
    if (begins(head, 0, XZ_MAGIC) && isXz(head)) {
      return ContentFormat.XZ;
    }
    if (head.get(0) == 0x1f
        && head.get(1) == (byte) 0x8b
        && head.get(2) == 8
        && (head.get(3) & GZIP_RESERVED) == 0) {
      return ContentFormat.GZIP;
    }
    boolean bzip2 =
        begins(head, 0, "BZh".getBytes(StandardCharsets.US_ASCII))
            && head.get(3) >= '1'
            && head.get(3) <= '9'
            && (begins(head, 4, BZIP2_BLOCK) || begins(head, 4, BZIP2_END));
    return bzip2 ? ContentFormat.BZIP2 : ContentFormat.RAW;
  }

  /** The flags of a stream stand with their CRC behind the magic bytes (.xz §2.1.1). */
  private static boolean isXz(ByteBuffer head) {
    int flags = XZ_MAGIC.length;
    if (head.remaining() < flags + 2 + Integer.BYTES) {
      return false;
    }
    CRC32 crc = new CRC32();
    crc.update(head.slice(flags, 2));
    return (int) crc.getValue() == Integer.reverseBytes(head.getInt(flags + 2));
  }

  private static ContentFormat foreign(ByteBuffer head) {
    String text = text(head);
    int version = Integer.reverseBytes(head.getInt(Integer.BYTES));
    boolean sparse =
        (text.startsWith("KDMV") || text.startsWith("COWD")) && version >= 1 && version <= 3;
    if (sparse || text.stripLeading().toLowerCase(Locale.ROOT).startsWith("# disk descriptor")) {
      return ContentFormat.VMDK;
    }
    if (text.startsWith("vhdxfile")) {
      return ContentFormat.VHDX;
    }
    if (isQed(head)) {
      return ContentFormat.QED;
    }
    if ((text.startsWith("WithoutFreeSpace") || text.startsWith("WithouFreSpacExt"))
        && head.remaining() > PARALLELS_VERSION_AT + Integer.BYTES
        && Integer.reverseBytes(head.getInt(PARALLELS_VERSION_AT)) == 2) {
      return ContentFormat.PARALLELS;
    }
    if (isVhd(head)) {
      return ContentFormat.VHD;
    }
    boolean vdi =
        head.remaining() >= VDI_AT + 2 * Integer.BYTES
            && Integer.reverseBytes(head.getInt(VDI_AT)) == VDI_SIGNATURE
            && Integer.reverseBytes(head.getInt(VDI_AT + Integer.BYTES)) >>> 16 == 1;
    return vdi ? ContentFormat.VDI : ContentFormat.RAW;
  }

  /** The magic number and a cluster size that is a power of two (QEMU's qed_spec.txt). */
  private static boolean isQed(ByteBuffer head) {
    return head.getInt(0) == QED_MAGIC
        && Integer.bitCount(Integer.reverseBytes(head.getInt(Integer.BYTES))) == 1;
  }

  /** A footer, which dynamic images have at their beginning too; its checksum must be right. */
  private static boolean isVhd(ByteBuffer footer) {
    if (footer.remaining() < LOOK_BYTES || !text(footer).startsWith(VHD_COOKIE)) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < LOOK_BYTES; i++) {
      boolean checksum = i >= VHD_CHECKSUM_AT && i < VHD_CHECKSUM_AT + Integer.BYTES;
      sum += checksum ? 0 : footer.get(i) & 0xff;
    }
    return footer.getInt(VHD_CHECKSUM_AT) == ~sum;
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
  }

  private static boolean begins(ByteBuffer bytes, int at, byte[] with) {
    byte[] there = new byte[Math.max(0, Math.min(with.length, bytes.remaining() - at))];
    bytes.get(at, there);
    return Arrays.equals(there, with);
  }

  private static ByteBuffer read(FileChannel file, long from, long size) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LOOK_BYTES, size - from));
    while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
      // Until all is there, or the file has become shorter.
    }
    return bytes.flip();
  }
}
