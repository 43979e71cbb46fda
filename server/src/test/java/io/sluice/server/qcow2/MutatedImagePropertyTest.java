package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images with a few bytes changed: an image opens or is refused, and what is read of it is bytes or
 * damage. {@code -Dsluice.fuzz.images=500000} makes it as many; {@code -Dsluice.fuzz.seed} repeats
 * a run.
 */
class MutatedImagePropertyTest {
  private static final int IMAGES = Integer.getInteger("sluice.fuzz.images", 20_000);
  private static final long SEED = Long.getLong("sluice.fuzz.seed", System.nanoTime());

  /** Values that have gone wrong elsewhere. */
  private static final long[] TELLING = {
    0,
    1,
    -1,
    1 << 9,
    1 << 16,
    1 << 21,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 62,
    1L << 63 | 512,
    0x00ff_ffff_ffff_fe00L,
    0x3fff_ffff_ffff_ffffL,
  };

  /** A look at an image: two tables and two of the largest clusters, with room for the rest. */
  private static final long MOST_ALLOCATED = 12 << 20;

  /** Walking further than this into a disk proves nothing more. */
  private static final int MOST_EXTENTS = 300;

  private static final int MOST_READS = 30;

  @TempDir private Path folder;
  private final Random random = new Random(SEED);
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
  private int opened;
  private int damaged;

  @Test
  void mutatedImagesAreReadRefusedOrDamagedAtABoundedCost() throws Exception {
    List<byte[]> originals = originals();
    Path file = folder.resolve("mutant.qcow2");
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < IMAGES; i++) {
        byte[] mutant = mutate(originals.get(random.nextInt(originals.size())).clone());
        out.truncate(0);
        out.write(ByteBuffer.wrap(mutant), 0);
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
          look(file);
        } catch (RuntimeException | Error unexpected) {
          throw new AssertionError("image " + i + " of seed " + SEED, unexpected);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(
            allocated < MOST_ALLOCATED, allocated + " bytes for image " + i + " of seed " + SEED);
      }
    }
    assertTrue(opened > IMAGES / 20, opened + " opened");
    assertTrue(damaged > IMAGES / 100, damaged + " damaged");
    assertTrue(opened < IMAGES, "some were refused");
  }

  /** Opens and reads; whatever is neither a refusal nor damage comes out. */
  private void look(Path file) throws IOException {
    try (DiskImage image = DiskImage.open(file, ImageFormat.QCOW2, folder, Limits.STANDARD)) {
      opened++;
      boolean found = false;
      long at = 0;
      for (int extents = 0; extents < MOST_EXTENTS && at < image.virtualSize(); extents++) {
        try {
          DiskExtent extent = image.map(at, image.virtualSize() - at);
          if (extents < MOST_READS) {
            buffer.clear();
            image.read(at, buffer);
          }
          at += extent.length();
        } catch (DamagedImageException e) {
          found = true;
          assertTrue(e.offset() >= at && e.length() > 0, e.getMessage());
          at = e.offset() + e.length();
        }
        assertTrue(at > 0 && at <= image.virtualSize(), "at " + at);
      }
      damaged += found ? 1 : 0;
    } catch (RefusedImageException refused) {
      assertTrue(refused.getMessage().lines().count() == 1, refused.getMessage());
    }
  }

  private byte[] mutate(byte[] image) {
    ByteBuffer bytes = ByteBuffer.wrap(image);
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      int at = place(image.length);
      switch (random.nextInt(5)) {
        case 0 -> image[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> image[at] = (byte) random.nextInt();
        case 2 -> bytes.putInt(Math.min(at & ~3, image.length - 4), (int) telling());
        case 3 -> bytes.putLong(Math.min(at & ~7, image.length - 8), telling());
        default -> {
          if (random.nextInt(4) == 0) {
            return Arrays.copyOf(image, Math.max(8, at));
          }
          bytes.putLong(Math.min(at & ~7, image.length - 8), random.nextInt(image.length));
        }
      }
    }
    return image;
  }

  private long telling() {
    long value = TELLING[random.nextInt(TELLING.length)];
    return random.nextBoolean() ? value : value + random.nextInt(3) - 1;
  }

  /** The header and the tables more often than the data. */
  private int place(int length) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(Math.min(length, 120));
      case 1 -> random.nextInt(Math.min(length, 400));
      case 2 -> random.nextInt(Math.min(length, 6000));
      default -> random.nextInt(length);
    };
  }

  private List<byte[]> originals() throws IOException {
    List<byte[]> images = new ArrayList<>();
    Files.write(folder.resolve("base.raw"), new byte[5000]);
    Files.write(folder.resolve("a.data"), new byte[9000]);
    for (int version = 2; version <= 3; version++) {
      images.add(filled(new Qcow2Writer(version, 9, 9000), version));
      images.add(filled(new Qcow2Writer(version, 12, 50_000).backing("base.raw", "raw"), version));
      images.add(filled(new Qcow2Writer(version, 9, 9000).backing("layer0", "qcow2"), version));
    }
    images.add(filled(new Qcow2Writer(3, 9, 9000).zstd(), 3));
    images.add(filled(new Qcow2Writer(3, 14, 50_000).zstd().extended(), 3));
    images.add(filled(new Qcow2Writer(3, 9, 9000).backing("base.raw", ""), 3));
    Qcow2Writer data = new Qcow2Writer(3, 9, 9000).dataFile("a.data");
    images.add(data.stored(0, new byte[512]).stored(7, new byte[512]).zero(9, false).image());
    new RandomImage(1, folder)
        .write(List.of(new RandomImage.Shape(3, 9, 20, 100, false, false, false, false)));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.count() >= 3);
    }
    return images;
  }

  private byte[] filled(Qcow2Writer writer, int version) {
    for (int i = 0; i < writer.clusters(); i++) {
      byte[] bytes = new byte[writer.clusterSize()];
      random.nextBytes(bytes);
      Arrays.fill(bytes, bytes.length / 3, bytes.length, (byte) i);
      switch (i % 4) {
        case 0 -> writer.stored(i, bytes);
        case 1, 2 -> writer.compressed(i, bytes, i);
        default -> {
          if (version == 3) {
            writer.zero(i, true);
          }
        }
      }
    }
    return writer.image();
  }
}
