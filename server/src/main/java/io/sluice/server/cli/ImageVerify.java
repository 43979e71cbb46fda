package io.sluice.server.cli;

import io.sluice.server.derive.CompressedFile;
import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.digest.Sha256;
import io.sluice.server.qcow2.DamagedImageException;
import io.sluice.server.qcow2.DiskExtent;
import io.sluice.server.qcow2.DiskImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice image verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Reads everything that an image holds and says where it is damaged.",
      "Ends with 0 when all of it can be read, with 1 when not."
    })
final class ImageVerify implements Callable<Integer> {
  private static final int BUFFER_BYTES = 1024 * 1024;
  private static final int MOST_LINES = 100;
  private static final int INTERRUPTED = 130;

  @Mixin private ImageOptions image = new ImageOptions();

  @Option(
      names = "--sha256",
      description = "also print the SHA-256 of the disk, which takes reading its zeros too")
  private boolean sha256;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    Optional<ContentFormat> compressed = image.compressed();
    if (compressed.isPresent()) {
      return verifyCompressed(compressed.get(), out, err);
    }
    try (DiskImage disk = image.open();
        Interruption interruption = Interruption.listen()) {
      ProgressBar progress = ProgressBar.of(err, "read", disk.virtualSize());
      Reading reading = new Reading(disk, progress, err, sha256 ? Sha256.begin() : null);
      reading.readAll(interruption);
      progress.clear();
      if (interruption.getAsBoolean()) {
        err.println("interrupted after " + ByteCount.exactly(reading.at));
        return INTERRUPTED;
      }
      return conclude(reading, out, err);
    }
  }

  /** Inflates the file to its end, without checking what it contains. */
  private int verifyCompressed(ContentFormat format, PrintWriter out, PrintWriter err)
      throws IOException {
    if (sha256) {
      throw new IOException(
          image.file() + ": " + format.label() + " (expected: what is in it, for --sha256)");
    }
    try (CompressedFile file = CompressedFile.open(image.file(), format)) {
      ProgressBar progress = ProgressBar.of(err, "read", file.size());
      long length = file.inflate(progress::show);
      progress.clear();
      out.println(image.file() + ": all of " + ByteCount.exactly(length) + " can be inflated");
      return 0;
    }
  }

  private int conclude(Reading reading, PrintWriter out, PrintWriter err) {
    String size = ByteCount.exactly(reading.disk.virtualSize());
    if (reading.damaged > 0) {
      err.println(
          image.file()
              + ": "
              + ByteCount.exactly(reading.damaged)
              + " of "
              + size
              + " cannot be read");
      return 1;
    }
    if (reading.digest == null) {
      out.println(image.file() + ": all of " + size + " can be read");
    } else {
      out.println(HexFormat.of().formatHex(reading.digest.digest()) + "  " + image.file());
    }
    return 0;
  }

  /** One pass over a disk. */
  private static final class Reading {
    private final DiskImage disk;
    private final ProgressBar progress;
    private final PrintWriter err;
    private final @Nullable MessageDigest digest;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private long at;
    private long damaged;
    private int lines;
    private @Nullable DamagedImageException first;
    private long damageEnd;

    Reading(DiskImage disk, ProgressBar progress, PrintWriter err, @Nullable MessageDigest digest) {
      this.disk = disk;
      this.progress = progress;
      this.err = err;
      this.digest = digest;
    }

    void readAll(BooleanSupplier stop) throws IOException {
      while (at < disk.virtualSize() && !stop.getAsBoolean()) {
        try {
          at += readSome();
        } catch (DamagedImageException e) {
          damaged += e.length();
          at = e.offset() + e.length();
          note(e);
        }
        progress.show(at);
      }
      reportDamage();
    }

    /** Skips an extent of zeros that the image does not store, unless the digest needs it. */
    private long readSome() throws IOException {
      DiskExtent extent = disk.map(at, disk.virtualSize() - at);
      if (extent instanceof DiskExtent.Zero && digest == null) {
        return extent.length();
      }
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, extent.length()));
      int count = disk.read(at, buffer);
      if (digest != null) {
        digest.update(buffer.flip());
      }
      return count;
    }

    /**
     * Joins damage that is adjacent into one extent, reported with the problem at its beginning.
     */
    private void note(DamagedImageException damage) {
      if (first == null || damageEnd != damage.offset()) {
        reportDamage();
        first = damage;
      }
      damageEnd = at;
    }

    private void reportDamage() {
      if (first == null) {
        return;
      }
      progress.clear();
      lines++;
      if (lines <= MOST_LINES) {
        err.println(
            first.getMessage() + "; " + ByteCount.of(damageEnd - first.offset()) + " in all");
      } else if (lines == MOST_LINES + 1) {
        err.println("and more damage after that");
      }
    }
  }
}
