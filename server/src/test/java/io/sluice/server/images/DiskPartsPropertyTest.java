package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.qcow2.RandomImage;
import io.sluice.server.qcow2.RandomImage.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class DiskPartsPropertyTest {
  private Path folder;

  @BeforeTry
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("disk-parts-").toRealPath();
  }

  @AfterTry
  void removeFolder() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Property(tries = 100)
  void aChainOfAnyClustersLeavesAsTheDiskThatWasWritten(
      @ForAll("chains") List<Shape> layers, @ForAll("budgets") long budget, @ForAll long seed)
      throws Exception {
    byte[] model = new RandomImage(seed, folder).write(layers);
    Random random = new Random(seed);
    try (DiskRoom room = new DiskRoom(folder, budget)) {
      VirtualDisk disk = room.open("layer" + (layers.size() - 1));
      DiskParts whole = new DiskParts(disk, Runnable::run);
      assertArrayEquals(model, DiskRoom.follow(whole, 0, model.length));
      DiskParts ranges = new DiskParts(disk, Runnable::run);
      for (int i = 0; i < 20 && model.length > 0; i++) {
        int from = random.nextInt(model.length);
        int to = from + 1 + random.nextInt(Math.min(model.length - from, 30_000));
        assertArrayEquals(Arrays.copyOfRange(model, from, to), DiskRoom.follow(ranges, from, to));
      }
      assertTrue(room.cache().bytes() <= budget);
      assertEquals(1, disk.refCnt());
      disk.release();
    }
  }

  @Provide
  Arbitrary<Long> budgets() {
    return Arbitraries.of(0L, 300_000L, DiskRoom.PLENTY, DiskRoom.PLENTY);
  }

  @Provide
  Arbitrary<List<Shape>> chains() {
    Arbitrary<Boolean> flag = Arbitraries.of(true, false);
    Arbitrary<Shape> shapes =
        Combinators.combine(
                Arbitraries.of(2, 3, 3),
                Arbitraries.of(9, 12, 14, 16),
                Arbitraries.integers().between(0, 300),
                Arbitraries.integers().between(0, 511),
                flag,
                flag,
                Arbitraries.of(true, false, false),
                flag)
            .as(
                (version, bits, clusters, odd, extended, zstd, data, raw) ->
                    new Shape(
                        version,
                        bits,
                        clusters >> Math.max(0, bits - 11),
                        odd,
                        extended,
                        zstd,
                        data,
                        raw));
    // What lies on top is always read as QCOW2.
    return shapes
        .list()
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(
            layers -> {
              List<Shape> chain = new ArrayList<>(layers);
              Shape top = chain.remove(chain.size() - 1);
              chain.add(
                  new Shape(
                      top.version(),
                      top.clusterBits(),
                      top.clusters(),
                      top.odd(),
                      top.extended(),
                      top.zstd(),
                      top.dataFile(),
                      false));
              return chain;
            });
  }
}
