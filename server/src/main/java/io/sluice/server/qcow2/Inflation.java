package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The buffers and the decoder for inflating one cluster at a time. Remembers the last one: who
 * reads a disk in small pieces asks for the same cluster many times.
 */
final class Inflation implements AutoCloseable {
  private final Compression compression;
  private final ClusterDecoder decoder;
  private byte[] in = new byte[0];
  private byte[] out = new byte[0];
  private @Nullable ImageFile file;
  private long offset;
  private int clusterSize;

  Inflation(Compression compression) throws IOException {
    this.compression = compression;
    this.decoder = ClusterDecoder.of(compression);
  }

  /** Whether this can inflate that. */
  boolean suits(DiskExtent.Compressed extent) {
    return compression == extent.compression();
  }

  /** Whether this still has that. */
  boolean holds(DiskExtent.Compressed extent) {
    return file == extent.file()
        && offset == extent.offset()
        && clusterSize == extent.clusterSize();
  }

  /** How much memory it keeps, in bytes. */
  long bytes() {
    return (long) in.length + out.length;
  }

  /**
   * Inflates the cluster of an extent.
   *
   * @return an array that begins with the cluster, good until the next call
   * @throws DamagedImageException when there is no whole cluster
   */
  byte[] cluster(DiskExtent.Compressed extent) throws IOException {
    if (holds(extent)) {
      return out;
    }
    file = null;
    if (in.length < extent.stored()) {
      in = new byte[Math.max(extent.stored(), Math.min(extent.clusterSize(), 2 * extent.stored()))];
    }
    if (out.length < extent.clusterSize()) {
      out = new byte[extent.clusterSize()];
    }
    int length = extent.file().read(ByteBuffer.wrap(in, 0, extent.stored()), extent.offset());
    if (!decoder.decode(in, length, out, extent.clusterSize())) {
      throw new DamagedImageException(
          extent.file(),
          extent.cluster() + extent.within(),
          extent.length(),
          "compressed data at "
              + extent.offset()
              + " (expected: "
              + compression
              + " data of "
              + extent.clusterSize()
              + " bytes)");
    }
    file = extent.file();
    offset = extent.offset();
    clusterSize = extent.clusterSize();
    return out;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
