package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The two levels of tables of one QCOW2 file, read slice by slice as they are asked for. QEMU's
 * {@code docs/interop/qcow2}, section "Cluster mapping".
 */
final class ClusterTables {
  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  private final ImageFile file;
  private final Header header;
  private final TableCache cache;
  private final int sliceBytes;
  private final int entryBytes;

  ClusterTables(ImageFile file, Header header, TableCache cache) {
    this.file = file;
    this.header = header;
    this.cache = cache;
    this.sliceBytes = Math.min(header.clusterSize(), TableCache.SLICE_BYTES);
    this.entryBytes = header.extended() ? 2 * Long.BYTES : Long.BYTES;
  }

  /**
   * Looks at all entries of the L1 table that the virtual disk needs, without keeping them.
   *
   * @throws RefusedImageException when one points at what cannot be an L2 table
   */
  void check() throws IOException {
    int needed = header.size() == 0 ? 0 : (int) ((header.size() - 1) >>> header.tableBits()) + 1;
    ByteBuffer part = ByteBuffer.allocate(Math.min(needed * Long.BYTES, 4 * sliceBytes));
    for (int entry = 0; entry < needed; entry += part.limit() / Long.BYTES) {
      part.clear().limit(Math.min(part.capacity(), (needed - entry) * Long.BYTES));
      if (file.read(part, header.l1Offset() + (long) entry * Long.BYTES) < part.limit()) {
        throw RefusedImageException.of("L1 table", "cut off", "all of it in the file");
      }
      for (int at = 0; at < part.limit(); at += Long.BYTES) {
        long table = part.getLong(at) & OFFSET_MASK;
        if (table != 0 && !fits(table)) {
          throw RefusedImageException.of(
              "L2 table " + (entry + at / Long.BYTES), "at " + table, expectedTable());
        }
      }
    }
  }

  private boolean fits(long table) {
    return table > 0
        && table % header.clusterSize() == 0
        && table <= file.size() - header.clusterSize();
  }

  private String expectedTable() {
    return "a multiple of "
        + header.clusterSize()
        + " with a whole cluster before the end of the file at "
        + file.size();
  }

  /**
   * How far the virtual disk has no L2 table.
   *
   * @param wanted how many bytes are asked for, within the disk
   * @param far whether to look further than one L1 entry; no further than a slice of them
   * @return bytes from the offset on, past the end of the disk as well; 0 when it has a table
   */
  long emptyFrom(long offset, long wanted, boolean far) throws IOException {
    long first = offset >>> header.tableBits();
    ByteBuffer slice = l1Slice(first, offset, wanted);
    int inSlice = (int) (first % (sliceBytes / Long.BYTES));
    int last = far ? slice.limit() / Long.BYTES : inSlice + 1;
    int entry = inSlice;
    while (entry < last && (slice.getLong(entry * Long.BYTES) & OFFSET_MASK) == 0) {
      entry++;
    }
    return entry == inSlice ? 0 : ((first - inSlice + entry) << header.tableBits()) - offset;
  }

  private ByteBuffer l1Slice(long entry, long offset, long wanted) throws IOException {
    long at = entry * Long.BYTES / sliceBytes * sliceBytes;
    int length = (int) Math.min(sliceBytes, (long) header.l1Entries() * Long.BYTES - at);
    ByteBuffer slice = cache.slice(file, header.l1Offset() + at, length);
    if (slice == null) {
      throw damaged(offset, wanted, "its L1 table is no longer there");
    }
    return slice;
  }

  /**
   * The entries of an L2 table from that of this offset on; there must be a table.
   *
   * @param wanted how many bytes are asked for, within the disk
   */
  Entries entries(long offset, long wanted) throws IOException {
    long l1Entry = offset >>> header.tableBits();
    ByteBuffer l1 = l1Slice(l1Entry, offset, wanted);
    int l1At = (int) (l1Entry * Long.BYTES % sliceBytes);
    long table = l1.getLong(l1At) & OFFSET_MASK;
    long entry = (offset & ((1L << header.tableBits()) - 1)) >>> header.clusterBits();
    int at = (int) (entry * entryBytes / sliceBytes * sliceBytes);
    ByteBuffer slice = fits(table) ? cache.slice(file, table + at, sliceBytes) : null;
    if (slice == null) {
      throw damaged(
          offset, wanted, "L2 table at " + table + " (expected: " + expectedTable() + ")");
    }
    return new Entries(slice, (int) (entry * entryBytes - at) / entryBytes, entryBytes);
  }

  private DamagedImageException damaged(long offset, long wanted, String reason) {
    long covered = 1L << header.tableBits();
    long length = Math.min(covered - offset % covered, wanted);
    return new DamagedImageException(file, offset, length, reason);
  }

  /**
   * Entries of an L2 table.
   *
   * @param slice the bytes
   * @param first the entry that was asked for
   * @param entryBytes 8, or 16 with extended L2 entries
   */
  record Entries(ByteBuffer slice, int first, int entryBytes) {

    /** How many entries there are from the first one on. */
    int count() {
      return slice.limit() / entryBytes - first;
    }

    /** An entry, counted from the first one. */
    L2Entry get(int number) {
      int at = (first + number) * entryBytes;
      return new L2Entry(
          slice.getLong(at), entryBytes == Long.BYTES ? 0 : slice.getLong(at + Long.BYTES));
    }
  }
}
