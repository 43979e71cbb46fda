package io.sluice.server.qcow2;

/** How the compressed clusters of an image were made: header field {@code compression_type}. */
public enum Compression {
  /** Type 0, which the specification calls zlib: raw deflate, without a header. */
  DEFLATE,
  /** Type 1: one or more zstd frames. */
  ZSTD
}
