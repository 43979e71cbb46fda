package io.sluice.server.qcow2;

import java.io.IOException;

/** Inflates single clusters; not for several threads at once. */
interface ClusterDecoder extends AutoCloseable {
  /**
   * Inflates a cluster.
   *
   * @param in begins with the compressed cluster, which foreign bytes may follow
   * @param length how many bytes of it count
   * @param out its first {@code size} bytes are written
   * @return whether there was a whole cluster
   */
  boolean decode(byte[] in, int length, byte[] out, int size);

  @Override
  void close();

  /**
   * A decoder of this kind.
   *
   * @throws IOException when there is none on this machine
   */
  static ClusterDecoder of(Compression compression) throws IOException {
    return switch (compression) {
      case DEFLATE -> new DeflateDecoder();
      case ZSTD -> zstd();
    };
  }

  private static ClusterDecoder zstd() throws IOException {
    try {
      return new ZstdDecoder();
    } catch (LinkageError e) {
      throw new IOException(
          "zstd: no native library (expected: Linux on x86_64 or aarch64, and a temporary folder"
              + " that code can be loaded from, see -DZstdTempFolder)",
          e);
    }
  }
}
