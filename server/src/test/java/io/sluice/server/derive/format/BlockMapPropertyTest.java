package io.sluice.server.derive.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.MemoryOutput;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.TestDisk;
import io.sluice.server.digest.Sha256;
import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BlockMapPropertyTest {
  private static final Pattern RANGE =
      Pattern.compile("<Range chksum=\"([0-9a-f]{64})\"> (\\d+)(?:-(\\d+))? </Range>");

  /** A disk in memory that knows some of its zeros. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Disk(byte[] bytes, boolean knowsZeros) implements DiskSource {
    @Override
    public SourceIdentity identity() {
      try {
        return SourceIdentity.raw(Path.of("/"), FileIdentity.of(Path.of("/")));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void read(long offset, ByteBuffer into) {
      into.put(bytes, (int) offset, Math.min(into.remaining(), bytes.length - (int) offset));
    }

    @Override
    public long zerosAt(long offset, long max) {
      int end = (int) offset;
      while (knowsZeros && end < offset + max && bytes[end] == 0) {
        end++;
      }
      return end - offset;
    }

    @Override
    public DiskSource reopened() {
      return this;
    }

    @Override
    public void close() {
      // in memory
    }
  }

  private static String map(byte[] disk, boolean knowsZeros) throws IOException {
    MemoryOutput output = new MemoryOutput();
    new BlockMap().make(new Disk(disk, knowsZeros), output);
    assertEquals(disk.length, output.progress());
    return new String(output.bytes(), StandardCharsets.US_ASCII);
  }

  private static String sha256(byte[] bytes) {
    return Sha256.hexOf(bytes);
  }

  private static String element(String map, String name) {
    Matcher found = Pattern.compile("<" + name + ">([^<]*)</" + name + ">").matcher(map);
    assertTrue(found.find(), name);
    return found.group(1).strip();
  }

  @Property(tries = 200)
  void writingTheMappedBlocksOntoZerosGivesTheDisk(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 3_000_000) int size,
      @ForAll boolean knowsZeros)
      throws IOException {
    byte[] disk = TestDisk.bytes(seed, size);
    String map = map(disk, knowsZeros);
    byte[] written = new byte[size];
    long mapped = 0;
    int before = -BlockMap.SHORTEST_GAP - 1;
    Matcher ranges = RANGE.matcher(map);
    while (ranges.find()) {
      int first = Integer.parseInt(ranges.group(2));
      int last = ranges.group(3) == null ? first : Integer.parseInt(ranges.group(3));
      assertTrue(first - before > BlockMap.SHORTEST_GAP, "ranges are in order and apart");
      before = last;
      mapped += last - first + 1;
      int from = first * BlockMap.BLOCK;
      int to = Math.min(size, (last + 1) * BlockMap.BLOCK);
      assertEquals(ranges.group(1), sha256(Arrays.copyOfRange(disk, from, to)));
      System.arraycopy(disk, from, written, from, to - from);
    }
    assertArrayEquals(disk, written);
    assertEquals(Long.toString(mapped), element(map, "MappedBlocksCount"));
    assertEquals(Integer.toString(size), element(map, "ImageSize"));
    assertEquals(Integer.toString((size + 4095) / 4096), element(map, "BlocksCount"));
    String sum = element(map, "BmapFileChecksum");
    assertEquals(sum, sha256(map.replace(sum, "0".repeat(64)).getBytes(StandardCharsets.US_ASCII)));
  }

  @Property(tries = 50)
  void theMapIsTheSameWhetherZerosAreKnownOrRead(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 3_000_000) int size) throws IOException {
    byte[] disk = TestDisk.bytes(seed, size);
    assertEquals(map(disk, false), map(disk, true));
  }
}
