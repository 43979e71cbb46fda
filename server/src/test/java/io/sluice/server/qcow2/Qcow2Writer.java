package io.sluice.server.qcow2;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * Makes small QCOW2 images from a list of clusters, from the specification alone and not the way
 * QEMU would lay them out. There are no reference counts.
 */
public final class Qcow2Writer {
  static final long COPIED = 1L << 63;

  private final int version;
  private final int clusterBits;
  private final long size;
  private boolean extended;
  private boolean zstd;
  private String backing = "";
  private String backingFormat = "";
  private String dataFile = "";
  private long[] entries = new long[0];
  private long[] bitmaps = new long[0];
  private final ByteArrayOutputStream host = new ByteArrayOutputStream();
  private byte[] data = new byte[0];
  private int tables;

  public Qcow2Writer(int version, int clusterBits, long size) {
    this.version = version;
    this.clusterBits = clusterBits;
    this.size = size;
  }

  Qcow2Writer extended() {
    extended = true;
    return this;
  }

  public Qcow2Writer zstd() {
    zstd = true;
    return this;
  }

  Qcow2Writer backing(String name, String format) {
    backing = name;
    backingFormat = format;
    return this;
  }

  Qcow2Writer dataFile(String name) {
    dataFile = name;
    return this;
  }

  public int clusterSize() {
    return 1 << clusterBits;
  }

  int clusters() {
    return (int) ((size + clusterSize() - 1) >>> clusterBits);
  }

  private int perTable() {
    return clusterSize() / (extended ? 16 : 8);
  }

  /** Where the L1 table begins: after the header and what is put behind it. */
  long l1Offset() {
    return Math.max(clusterSize(), 2048 / clusterSize() * clusterSize());
  }

  private int l1Entries() {
    return (clusters() + perTable() - 1) / perTable();
  }

  /** Where the L2 table of a cluster begins: there is one for each L1 entry, in order. */
  long l2Offset(int cluster) {
    long afterL1 = l1Offset() + 8L * l1Entries();
    long first = (afterL1 + clusterSize() - 1) / clusterSize() * clusterSize();
    return first + (long) (cluster / perTable()) * clusterSize();
  }

  /** Where the entry of a cluster stands in the file. */
  public long entryOffset(int cluster) {
    return l2Offset(cluster) + (long) (cluster % perTable()) * (extended ? 16 : 8);
  }

  private void begin() {
    if (entries.length == 0) {
      entries = new long[l1Entries() * perTable()];
      bitmaps = new long[entries.length];
      tables = (int) (l2Offset(0) + (long) l1Entries() * clusterSize());
      host.writeBytes(new byte[tables]);
      data = dataFile.isEmpty() ? data : new byte[(int) size];
    }
  }

  private long allocate(byte[] bytes) {
    int rest = host.size() % clusterSize();
    host.writeBytes(new byte[rest == 0 ? 0 : clusterSize() - rest]);
    long offset = host.size();
    host.writeBytes(bytes);
    return offset;
  }

  /** Stores a cluster as it is; the last one may be shorter. */
  public Qcow2Writer stored(int cluster, byte[] bytes) {
    begin();
    if (dataFile.isEmpty()) {
      entries[cluster] = COPIED | allocate(bytes);
    } else {
      long at = (long) cluster << clusterBits;
      System.arraycopy(bytes, 0, data, (int) at, (int) Math.min(bytes.length, size - at));
      entries[cluster] = COPIED | at;
    }
    bitmaps[cluster] = extended ? 0xffffffffL : 0;
    return this;
  }

  /** Reads as zeros, with or without a place kept for it. */
  public Qcow2Writer zero(int cluster, boolean place) {
    begin();
    if (extended) {
      bitmaps[cluster] = 0xffffffffL << 32;
    } else {
      entries[cluster] = 1;
    }
    if (place && dataFile.isEmpty()) {
      byte[] never = new byte[clusterSize()];
      Arrays.fill(never, (byte) 0xee);
      entries[cluster] |= allocate(never);
    }
    return this;
  }

  /** Some subclusters allocated, some zero; the others are holes. */
  Qcow2Writer subclusters(int cluster, int allocated, int zero, byte[] bytes) {
    begin();
    stored(cluster, bytes);
    bitmaps[cluster] = (Integer.toUnsignedLong(zero) << 32) | Integer.toUnsignedLong(allocated);
    return this;
  }

  /** Stores what is taken for compressed data, at any offset, with foreign bytes after it. */
  public Qcow2Writer compressedBytes(int cluster, byte[] bytes) {
    begin();
    int most = 2 * clusterSize();
    if (host.size() % 512 + bytes.length > most) {
      host.writeBytes(new byte[512 - host.size() % 512]);
    }
    long offset = host.size();
    host.writeBytes(bytes);
    long additional = (offset % 512 + bytes.length - 1) / 512;
    entries[cluster] = 1L << 62 | additional << (62 - (clusterBits - 8)) | offset;
    return this;
  }

  /** Compresses a whole cluster, with bytes in front of it that make its offset odd. */
  public Qcow2Writer compressed(int cluster, byte[] bytes, int variant) {
    begin();
    host.writeBytes(new byte[variant % 7]);
    byte[] whole = Arrays.copyOf(bytes, clusterSize());
    return compressedBytes(cluster, zstd ? zstd(whole, variant) : deflate(whole, variant));
  }

  static byte[] deflate(byte[] bytes, int variant) {
    Deflater deflater = new Deflater(variant % 10, true);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length * 2 + 100];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  /** One frame, or two, or one after bytes to be skipped. */
  static byte[] zstd(byte[] bytes, int variant) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int cut = variant % 3 == 0 ? bytes.length / 3 : 0;
    if (variant % 3 == 1) {
      byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9};
      out.writeBytes(skippable);
    }
    if (cut > 0) {
      out.writeBytes(Zstd.compress(Arrays.copyOf(bytes, cut), 1));
    }
    out.writeBytes(Zstd.compress(Arrays.copyOfRange(bytes, cut, bytes.length), 3));
    return out.toByteArray();
  }

  /** The image. */
  public byte[] image() {
    begin();
    byte[] image = host.toByteArray();
    ByteBuffer out = ByteBuffer.wrap(image);
    for (int table = 0; table < l1Entries(); table++) {
      int first = table * perTable();
      boolean used = false;
      for (int i = first; i < first + perTable(); i++) {
        int at = (int) entryOffset(i);
        out.putLong(at, entries[i]);
        if (extended) {
          out.putLong(at + 8, bitmaps[i]);
        }
        used |= entries[i] != 0 || bitmaps[i] != 0;
      }
      out.putLong((int) l1Offset() + 8 * table, used ? COPIED | l2Offset(first) : 0);
    }
    header(out);
    return image;
  }

  /** The external data file. */
  byte[] data() {
    begin();
    return data;
  }

  private void header(ByteBuffer out) {
    out.putInt(0, ImageFormat.MAGIC).putInt(4, version).putInt(20, clusterBits).putLong(24, size);
    out.putInt(36, l1Entries()).putLong(40, l1Entries() == 0 ? 0 : l1Offset());
    int at = 72;
    if (version == 3) {
      long features = (dataFile.isEmpty() ? 0 : 4) | (zstd ? 8 : 0) | (extended ? 16 : 0);
      out.putLong(72, features).putInt(96, 4).putInt(100, zstd ? 112 : 104);
      out.put(104, (byte) (zstd ? 1 : 0));
      at = zstd ? 112 : 104;
    }
    at = extension(out, at, 0x0badcafe, "passed over");
    at = extension(out, at, 0xe2792aca, backingFormat);
    at = extension(out, at, 0x44415441, dataFile);
    out.putLong(at, 0);
    if (!backing.isEmpty()) {
      byte[] name = backing.getBytes(StandardCharsets.UTF_8);
      out.putLong(8, at + 8).putInt(16, name.length).put(at + 8, name);
    }
  }

  private static int extension(ByteBuffer out, int at, int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0) {
      return at;
    }
    out.putInt(at, type).putInt(at + 4, bytes.length).put(at + 8, bytes);
    return at + 8 + (bytes.length + 7) / 8 * 8;
  }
}
