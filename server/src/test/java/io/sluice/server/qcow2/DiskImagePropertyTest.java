package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.qcow2.RandomImage.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class DiskImagePropertyTest {
  private static final Limits TIGHT = new Limits(4, 64 * 1024, 1 << 30);

  private Path folder;

  @BeforeTry
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("disk-image-");
  }

  @AfterTry
  void removeFolder() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private DiskImage open(List<Shape> layers) throws Exception {
    Path top = folder.resolve("layer" + (layers.size() - 1));
    boolean raw = layers.size() == 1 && layers.get(0).rawBase();
    return DiskImage.open(top, raw ? ImageFormat.RAW : ImageFormat.QCOW2, folder, TIGHT);
  }

  private static byte[] read(DiskImage image, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    assertEquals(length, image.read(offset, buffer));
    return buffer.array();
  }

  /** What the extents say, taken literally. */
  private static byte[] followed(DiskImage image, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      long at = offset + bytes.position();
      DiskExtent extent = image.map(at, bytes.remaining());
      assertTrue(extent.length() >= 1 && extent.length() <= bytes.remaining(), extent.toString());
      if (extent instanceof DiskExtent.Stored stored) {
        ByteBuffer part = bytes.slice(bytes.position(), (int) extent.length());
        while (part.hasRemaining()) {
          int count = stored.file().channel().read(part, stored.offset() + part.position());
          assertTrue(count > 0, extent.toString());
        }
      } else if (extent instanceof DiskExtent.Compressed compressed) {
        assertEquals(at, compressed.cluster() + compressed.within());
        try (Inflation inflation = new Inflation(compressed.compression())) {
          byte[] cluster = inflation.cluster(compressed);
          bytes.duplicate().put(cluster, compressed.within(), (int) extent.length());
        }
      }
      bytes.position(bytes.position() + (int) extent.length());
    }
    return bytes.array();
  }

  @Property(tries = 600)
  void aChainOfAnyClustersReadsAsTheDiskThatWasWritten(
      @ForAll("chains") List<Shape> layers, @ForAll long seed) throws Exception {
    byte[] disk = new RandomImage(seed, folder).write(layers);
    Random random = new Random(seed);
    try (DiskImage image = open(layers)) {
      assertEquals(disk.length, image.virtualSize());
      assertArrayEquals(disk, read(image, 0, disk.length));
      assertArrayEquals(disk, followed(image, 0, disk.length));
      for (int i = 0; i < 20 && disk.length > 0; i++) {
        int from = random.nextInt(disk.length);
        int length = random.nextInt(Math.min(disk.length - from, 3000)) + 1;
        byte[] expected = Arrays.copyOfRange(disk, from, from + length);
        assertArrayEquals(expected, read(image, from, length));
        assertArrayEquals(expected, followed(image, from, length));
      }
    }
  }

  @Property(tries = 100)
  void neighboursAreJoinedAndKindsAddUp(@ForAll("chains") List<Shape> layers, @ForAll long seed)
      throws Exception {
    byte[] disk = new RandomImage(seed, folder).write(layers);
    try (DiskImage image = open(layers)) {
      DiskExtent previous = null;
      for (long at = 0; at < disk.length; at += previous.length()) {
        DiskExtent extent = image.map(at, Long.MAX_VALUE);
        assertTrue(previous == null || previous.joinedBy(extent) == null, previous + " " + extent);
        previous = extent;
      }
      Allocation sum = Allocation.of(image, () -> false);
      assertEquals(disk.length, sum.stored() + sum.compressed() + sum.zero());
      assertEquals(0, sum.damaged());
    }
  }

  @Property(tries = 20)
  void manyThreadsReadTheSameAtOnce(@ForAll("chains") List<Shape> layers, @ForAll long seed)
      throws Exception {
    byte[] disk = new RandomImage(seed, folder).write(layers);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (DiskImage image = open(layers)) {
      List<Future<byte[]>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int from = disk.length * (i % 4) / 4;
        all.add(threads.submit(() -> followed(image, from, disk.length - from)));
      }
      for (int i = 0; i < 8; i++) {
        int from = disk.length * (i % 4) / 4;
        assertArrayEquals(Arrays.copyOfRange(disk, from, disk.length), all.get(i).get());
      }
    } finally {
      threads.shutdown();
    }
  }

  @Property(tries = 100)
  void whatIsNotOnTheDiskCannotBeAskedFor(@ForAll("chains") List<Shape> layers, @ForAll long seed)
      throws Exception {
    byte[] disk = new RandomImage(seed, folder).write(layers);
    try (DiskImage image = open(layers)) {
      ByteBuffer buffer = ByteBuffer.allocate(10);
      assertEquals(0, image.read(disk.length, buffer));
      assertEquals(0, image.read(Long.MAX_VALUE - 10, buffer));
      assertEquals(Math.min(disk.length, 3), image.read(Math.max(0, disk.length - 3), buffer));
    }
  }

  @Provide
  Arbitrary<List<Shape>> chains() {
    Arbitrary<Integer> bits = Arbitraries.of(9, 9, 10, 12, 14, 14, 15);
    Arbitrary<Boolean> flag = Arbitraries.of(true, false);
    Arbitrary<Shape> shapes =
        Combinators.combine(
                Arbitraries.of(2, 3, 3),
                bits,
                Arbitraries.integers().between(0, 200),
                Arbitraries.integers().between(0, 511),
                flag,
                flag,
                Arbitraries.of(true, false, false),
                flag)
            .as(
                (version, clusterBits, clusters, odd, extended, zstd, data, raw) ->
                    new Shape(
                        version,
                        clusterBits,
                        clusters >> (clusterBits > 12 ? 4 : 0),
                        odd,
                        extended,
                        zstd,
                        data,
                        raw));
    return shapes.list().ofMinSize(1).ofMaxSize(4);
  }
}
