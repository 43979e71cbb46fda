package io.sluice.server.qcow2;

import io.sluice.server.qcow2.ClusterTables.Entries;
import io.sluice.server.qcow2.L2Entry.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A QCOW2 file with its external data file and the layers below it. */
final class Qcow2Layer implements Layer {
  private static final int SUBCLUSTER_BITS = 5;

  private final ImageFile file;
  private final ImageFile data;
  private final Header header;
  private final ClusterTables tables;
  private final @Nullable Layer backing;
  private final int unitBits;

  /**
   * Puts a layer together.
   *
   * @param data where clusters are stored: the file itself or its external data file
   * @param backing what shows where this layer has nothing, or null
   */
  Qcow2Layer(
      ImageFile file,
      ImageFile data,
      Header header,
      ClusterTables tables,
      @Nullable Layer backing) {
    this.file = file;
    this.data = data;
    this.header = header;
    this.tables = tables;
    this.backing = backing;
    this.unitBits = header.clusterBits() - (header.extended() ? SUBCLUSTER_BITS : 0);
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public DiskExtent map(long offset, long wanted) throws IOException {
    long most = Math.min(wanted, header.size() - offset);
    // With a backing file the caller comes back for each extent of it, so looking far ahead here
    // would be done over and over.
    long empty = tables.emptyFrom(offset, most, backing == null);
    if (empty > 0) {
      return below(offset, Math.min(most, empty));
    }
    Entries entries = tables.entries(offset, most);
    L2Entry entry = entries.get(0);
    Kind kind = entry.kind(header, subcluster(offset));
    return switch (kind) {
      case HOLE -> below(offset, reach(entries, kind, offset, most));
      case ZERO -> new DiskExtent.Zero(reach(entries, kind, offset, most));
      case STORED -> stored(entry, offset, reach(entries, kind, offset, most));
      case COMPRESSED -> compressed(entry, offset, most);
      case DAMAGED ->
          throw new DamagedImageException(
              file, offset, inCluster(offset, most), entry.damage(header));
    };
  }

  private int subcluster(long offset) {
    return (int) ((offset & (header.clusterSize() - 1)) >>> unitBits);
  }

  /** What lies below a hole: its backing file as far as that goes, then zeros. */
  private DiskExtent below(long offset, long length) throws IOException {
    if (backing == null || offset >= backing.size()) {
      return new DiskExtent.Zero(length);
    }
    return backing.map(offset, Math.min(length, backing.size() - offset));
  }

  /**
   * How far the disk goes on as it begins at an offset, within the entries at hand; holes above a
   * backing file only to the end of the cluster.
   */
  private long reach(Entries entries, Kind kind, long offset, long most) {
    long clusterStart = offset & -(long) header.clusterSize();
    long host = entries.get(0).offset() - clusterStart;
    boolean far = kind != Kind.HOLE || backing == null;
    long end = offset + most;
    long at = (offset & -(1L << unitBits)) + (1L << unitBits);
    while (at < end) {
      int number = (int) ((at - clusterStart) >>> header.clusterBits());
      if (number > 0 && (!far || number >= entries.count())) {
        break;
      }
      L2Entry entry = entries.get(number);
      boolean moved =
          kind == Kind.STORED && entry.offset() - (at & -(long) header.clusterSize()) != host;
      if (moved || entry.kind(header, subcluster(at)) != kind) {
        break;
      }
      at += 1L << unitBits;
    }
    return Math.min(at, end) - offset;
  }

  private DiskExtent stored(L2Entry entry, long offset, long length) throws IOException {
    long cluster = offset & -(long) header.clusterSize();
    if (header.externalData() && entry.offset() != cluster) {
      throw new DamagedImageException(
          file,
          offset,
          length,
          "cluster at " + entry.offset() + " of the data file (expected: at " + cluster + ")");
    }
    long host = entry.offset() + offset - cluster;
    long there = Math.min(length, data.size() - host);
    if (there <= 0) {
      throw new DamagedImageException(
          file,
          offset,
          length,
          "data at " + host + " (expected: before the end of the file at " + data.size() + ")");
    }
    return new DiskExtent.Stored(data, host, there);
  }

  private DiskExtent compressed(L2Entry entry, long offset, long most) throws IOException {
    int clusterSize = header.clusterSize();
    int within = (int) (offset & (clusterSize - 1));
    long host = entry.compressedOffset(header);
    if (host >= file.size()) {
      throw new DamagedImageException(
          file,
          offset,
          inCluster(offset, most),
          "compressed data at "
              + host
              + " (expected: before the end of the file at "
              + file.size()
              + ")");
    }
    return new DiskExtent.Compressed(
        file,
        header.compression(),
        host,
        (int) Math.min(entry.compressedLength(header), file.size() - host),
        offset - within,
        clusterSize,
        within,
        inCluster(offset, most));
  }

  /** How much of what is asked for is in the cluster of an offset. */
  private long inCluster(long offset, long most) {
    return Math.min(most, header.clusterSize() - (offset & (header.clusterSize() - 1)));
  }
}
