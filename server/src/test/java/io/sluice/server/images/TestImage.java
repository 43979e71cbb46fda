package io.sluice.server.images;

import io.sluice.server.qcow2.Qcow2Writer;

/** An image of {@value #CLUSTERS} clusters, the last one shorter, and the disk that it holds. */
final class TestImage {
  static final String NAME = "disk.qcow2";
  static final int CLUSTER = 1 << 16;
  static final int CLUSTERS = 24;
  static final int SIZE = CLUSTERS * CLUSTER - 1000;

  private final Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
  private final byte[] model = new byte[SIZE];

  Qcow2Writer writer() {
    return writer;
  }

  /** The bytes of the disk. */
  byte[] model() {
    return model;
  }

  private byte[] content(int cluster) {
    byte[] bytes = DiskRoom.noise(cluster, CLUSTER);
    int start = cluster * CLUSTER;
    System.arraycopy(bytes, 0, model, start, Math.min(CLUSTER, SIZE - start));
    return bytes;
  }

  /** All clusters as they are. */
  TestImage stored() {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.stored(i, content(i));
    }
    return this;
  }

  /** All clusters compressed. */
  TestImage compressed() {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.compressed(i, content(i), i);
    }
    return this;
  }

  /** Clusters of every kind by turns: stored, two compressed, zeros, a hole. */
  TestImage mixed() {
    for (int i = 0; i < CLUSTERS; i++) {
      switch (i % 5) {
        case 0 -> writer.stored(i, content(i));
        case 1, 2 -> writer.compressed(i, content(i), i);
        case 3 -> writer.zero(i, true);
        default -> {
          // a hole
        }
      }
    }
    return this;
  }
}
