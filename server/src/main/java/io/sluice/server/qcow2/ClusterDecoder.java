package io.sluice.server.qcow2;

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

  /** A decoder of this kind. */
  static ClusterDecoder of(Compression compression) {
    return switch (compression) {
      case DEFLATE -> new DeflateDecoder();
      case ZSTD -> new ZstdDecoder();
    };
  }
}
