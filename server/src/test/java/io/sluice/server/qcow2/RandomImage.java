package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A chain of images with clusters of every kind, and the disk that it holds. */
public final class RandomImage {
  private final Random random;
  private final Path folder;

  public RandomImage(long seed, Path folder) {
    this.random = new Random(seed);
    this.folder = folder;
  }

  /**
   * What one layer is like.
   *
   * @param version 2 or 3; 2 has none of what follows
   * @param odd bytes beside a whole number of clusters
   */
  public record Shape(
      int version,
      int clusterBits,
      int clusters,
      int odd,
      boolean extended,
      boolean zstd,
      boolean dataFile,
      boolean rawBase) {

    public int size() {
      return Math.max(0, (clusters << clusterBits) - odd);
    }
  }

  /** Writes the layers to files, numbered from the lowest on. */
  public byte[] write(Iterable<Shape> layers) throws IOException {
    byte[] below = new byte[0];
    int number = 0;
    for (Shape shape : layers) {
      below = number == 0 && shape.rawBase ? raw(shape.size()) : layer(shape, number, below);
      number++;
    }
    return below;
  }

  private byte[] raw(int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    Files.write(folder.resolve("layer0"), bytes);
    return bytes;
  }

  private byte[] layer(Shape shape, int number, byte[] below) throws IOException {
    Qcow2Writer writer = new Qcow2Writer(shape.version, shape.clusterBits, shape.size());
    boolean data = shape.version == 3 && shape.dataFile;
    boolean extended = shape.version == 3 && shape.extended && shape.clusterBits >= 14;
    if (shape.version == 3 && shape.zstd) {
      writer.zstd();
    }
    if (extended) {
      writer.extended();
    }
    if (data) {
      writer.dataFile("data" + number);
    }
    if (number > 0) {
      boolean raw = Files.size(folder.resolve("layer" + (number - 1))) == 0 || isRaw(number - 1);
      writer.backing("layer" + (number - 1), raw ? "raw" : random.nextBoolean() ? "qcow2" : "");
    }
    byte[] disk = Arrays.copyOf(below, shape.size());
    int[] order = shuffled(writer.clusters());
    // Now and then nothing but one piece, so that whole tables are missing before and after it.
    boolean sparse = random.nextInt(3) == 0;
    int to = sparse ? random.nextInt(order.length + 1) : order.length;
    int from = sparse ? random.nextInt(to + 1) : 0;
    for (int cluster : order) {
      if (cluster < from || cluster >= to) {
        continue;
      }
      fill(writer, cluster, shape.version == 3, extended, data, disk);
    }
    Files.write(folder.resolve("layer" + number), writer.image());
    if (data) {
      Files.write(folder.resolve("data" + number), writer.data());
    }
    return disk;
  }

  private boolean isRaw(int number) throws IOException {
    return ImageFormat.detect(folder.resolve("layer" + number)) == ImageFormat.RAW;
  }

  private void fill(
      Qcow2Writer writer, int cluster, boolean v3, boolean extended, boolean data, byte[] disk) {
    int size = writer.clusterSize();
    int start = cluster * size;
    int length = Math.min(size, disk.length - start);
    byte[] bytes = content(size);
    switch (random.nextInt(6)) {
      case 0 -> {
        if (v3) {
          writer.zero(cluster, random.nextBoolean());
          Arrays.fill(disk, start, start + length, (byte) 0);
        }
      }
      case 1, 2 -> {
        if (!data) {
          writer.compressed(cluster, bytes, random.nextInt(1000));
          System.arraycopy(bytes, 0, disk, start, length);
        }
      }
      case 3, 4 -> {
        if (extended) {
          subclusters(writer, cluster, bytes, disk);
        } else {
          writer.stored(cluster, random.nextBoolean() ? bytes : Arrays.copyOf(bytes, length));
          System.arraycopy(bytes, 0, disk, start, length);
        }
      }
      default -> {
        // Left as a hole.
      }
    }
  }

  private void subclusters(Qcow2Writer writer, int cluster, byte[] bytes, byte[] disk) {
    int allocated = random.nextInt();
    int zero = random.nextInt() & ~allocated;
    writer.subclusters(cluster, allocated, zero, bytes);
    int part = bytes.length / 32;
    for (int i = 0; i < 32; i++) {
      int at = cluster * bytes.length + i * part;
      int length = Math.min(part, disk.length - at);
      if (length > 0 && (allocated >>> i & 1) != 0) {
        System.arraycopy(bytes, i * part, disk, at, length);
      } else if (length > 0 && (zero >>> i & 1) != 0) {
        Arrays.fill(disk, at, at + length, (byte) 0);
      }
    }
  }

  /** Noise, or something that becomes much smaller. */
  private byte[] content(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) ((bytes[i] & 3) + 'a');
      }
    }
    return bytes;
  }

  private int[] shuffled(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
