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
  boolean suits(DiskExtent.Compressed run) {
    return compression == run.compression();
  }

  /** Whether this still has that. */
  boolean holds(DiskExtent.Compressed run) {
    return file == run.file() && offset == run.offset() && clusterSize == run.clusterSize();
  }

  /** How much memory it keeps, in bytes. */
  long bytes() {
    return (long) in.length + out.length;
  }

  /**
   * Inflates the cluster of a run.
   *
   * @return an array that begins with the cluster, good until the next call
   * @throws DamagedImageException when there is no whole cluster
   */
  byte[] cluster(DiskExtent.Compressed run) throws IOException {
    if (holds(run)) {
      return out;
    }
    file = null;
    if (in.length < run.stored()) {
      in = new byte[Math.max(run.stored(), Math.min(run.clusterSize(), 2 * run.stored()))];
    }
    if (out.length < run.clusterSize()) {
      out = new byte[run.clusterSize()];
    }
    int length = run.file().read(ByteBuffer.wrap(in, 0, run.stored()), run.offset());
    if (!decoder.decode(in, length, out, run.clusterSize())) {
      throw new DamagedImageException(
          run.file(),
          run.cluster() + run.within(),
          run.length(),
          "compressed data at "
              + run.offset()
              + " (expected: "
              + compression
              + " data of "
              + run.clusterSize()
              + " bytes)");
    }
    file = run.file();
    offset = run.offset();
    clusterSize = run.clusterSize();
    return out;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
