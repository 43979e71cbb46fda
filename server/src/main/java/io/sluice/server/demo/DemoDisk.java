package io.sluice.server.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.zip.Deflater;

/**
 * A small QCOW2 image (version 3, after the specification in QEMU's documentation) that has some of
 * everything a cloud image has: clusters that are stored, compressed and not there at all.
 *
 * @param stored clusters that are stored, from 1
 * @param compressed clusters that are compressed, from 1
 */
public record DemoDisk(int stored, int compressed) {
  private static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;

  /** One L2 table is enough for it. */
  static final long SIZE = 256L * 1024 * 1024;

  private static final int CLUSTERS = (int) (SIZE / CLUSTER);

  /** The clusters before the first with bytes of the disk: one each for header and tables. */
  private static final int REFCOUNT_TABLE = 1;

  private static final int REFCOUNTS = 2;
  private static final int L1_TABLE = 3;
  private static final int L2_TABLE = 4;
  private static final int FIRST_DATA = 5;

  private static final int MAGIC = 0x514649fb;
  private static final int VERSION = 3;
  private static final int HEADER_BYTES = 104;
  private static final int REFCOUNT_ORDER = 4;
  private static final long ONLY_USE = 1L << 63;
  private static final long IS_COMPRESSED = 1L << 62;
  private static final int SECTORS_SHIFT = 62 - (CLUSTER_BITS - 8);
  private static final int SECTOR = 512;

  /** The usual one: a small part of the disk is there. */
  static final DemoDisk STANDARD = new DemoDisk(128, 256);

  /** Writes the image to a new file. */
  public void write(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      new Writer(file).write();
    }
  }

  /** What stands in a cluster of the disk, the same each time. */
  byte[] content(int number) {
    byte[] bytes = new byte[CLUSTER];
    if (isStored(number)) {
      new Random(number).nextBytes(bytes);
    } else if (isCompressed(number)) {
      ByteBuffer text = ByteBuffer.wrap(bytes);
      for (int line = 0; text.hasRemaining(); line++) {
        byte[] words =
            ("cluster " + number + " line " + line + " of the demo\n")
                .getBytes(StandardCharsets.US_ASCII);
        text.put(words, 0, Math.min(words.length, text.remaining()));
      }
    }
    return bytes;
  }

  private boolean isStored(int number) {
    return number < stored;
  }

  private boolean isCompressed(int number) {
    return number >= CLUSTERS / 2 && number < CLUSTERS / 2 + compressed;
  }

  private static ByteBuffer deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] out = new byte[CLUSTER];
      int length = deflater.deflate(out);
      return ByteBuffer.wrap(out, 0, length);
    } finally {
      deflater.end();
    }
  }

  private static ByteBuffer header() {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES + 2 * Integer.BYTES);
    header.putInt(MAGIC).putInt(VERSION);
    header.putLong(0).putInt(0); // no backing file
    header.putInt(CLUSTER_BITS).putLong(SIZE);
    header.putInt(0); // not encrypted
    header.putInt(1).putLong((long) L1_TABLE * CLUSTER);
    header.putLong((long) REFCOUNT_TABLE * CLUSTER).putInt(1);
    header.putInt(0).putLong(0); // no snapshots
    header.putLong(0).putLong(0).putLong(0); // no features
    header.putInt(REFCOUNT_ORDER).putInt(HEADER_BYTES);
    return header.rewind();
  }

  private static ByteBuffer pointer(long offset) {
    return ByteBuffer.allocate(Long.BYTES).putLong(0, offset);
  }

  private final class Writer {
    private final ByteBuffer refcounts = ByteBuffer.allocate(CLUSTER);
    private final ByteBuffer entries = ByteBuffer.allocate(CLUSTER);
    private final FileChannel file;
    private long end = (long) FIRST_DATA * CLUSTER;

    Writer(FileChannel file) {
      this.file = file;
    }

    private void write() throws IOException {
      for (int number = 0; number < FIRST_DATA; number++) {
        use(number);
      }
      for (int number = 0; number < CLUSTERS; number++) {
        if (isStored(number)) {
          entries.putLong(number * Long.BYTES, end | ONLY_USE);
          put(end, ByteBuffer.wrap(content(number)));
          use(end / CLUSTER);
          end += CLUSTER;
        }
      }
      for (int number = 0; number < CLUSTERS; number++) {
        if (isCompressed(number)) {
          entries.putLong(number * Long.BYTES, compress(deflated(content(number))));
        }
      }
      end = (end + CLUSTER - 1) / CLUSTER * CLUSTER;
      put(0, header());
      put((long) REFCOUNT_TABLE * CLUSTER, pointer((long) REFCOUNTS * CLUSTER));
      put((long) REFCOUNTS * CLUSTER, refcounts);
      put((long) L1_TABLE * CLUSTER, pointer((long) L2_TABLE * CLUSTER | ONLY_USE));
      put((long) L2_TABLE * CLUSTER, entries);
      put(end - 1, ByteBuffer.allocate(1));
    }

    /** Puts compressed bytes behind the last, and gives their L2 entry. */
    private long compress(ByteBuffer bytes) throws IOException {
      long at = end;
      put(at, bytes.duplicate());
      end += bytes.remaining();
      long last = (end - 1) / SECTOR;
      for (long cluster = at / CLUSTER; cluster <= last * SECTOR / CLUSTER; cluster++) {
        use(cluster);
      }
      return IS_COMPRESSED | ((last - at / SECTOR) << SECTORS_SHIFT) | at;
    }

    /** One more entry leads to a cluster of the file. */
    private void use(long cluster) {
      int at = (int) cluster * Short.BYTES;
      refcounts.putShort(at, (short) (refcounts.getShort(at) + 1));
    }

    private void put(long offset, ByteBuffer bytes) throws IOException {
      long at = offset;
      while (bytes.hasRemaining()) {
        at += file.write(bytes, at);
      }
    }
  }
}
