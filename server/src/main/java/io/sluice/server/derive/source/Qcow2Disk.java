package io.sluice.server.derive.source;

import io.sluice.server.derive.source.SourceIdentity.SourceFile;
import io.sluice.server.qcow2.DiskExtent;
import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.ImageFile;
import io.sluice.server.qcow2.ImageFormat;
import io.sluice.server.qcow2.Limits;
import io.sluice.server.qcow2.RefusedImageException;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The disk that a QCOW2 image holds, as a source.
 *
 * @param image open as long as this is
 * @param root what its files are held to; null when it is a file of the server's own, alone
 * @param onClose run once, when the disk is closed
 */
public record Qcow2Disk(
    DiskImage image, SourceIdentity identity, @Nullable ServedRoot root, Runnable onClose)
    implements DiskSource {
  /** How often the files of an image may change while it is being opened. */
  private static final int ATTEMPTS = 5;

  /**
   * Opens an image in a file that never changes, and that may lean on no other. Blocks.
   *
   * @param identity what the file was made from
   * @param onClose run once, when the disk is closed
   * @throws RefusedImageException when it is none that will be read
   */
  public static Qcow2Disk openAlone(Path path, SourceIdentity identity, Runnable onClose)
      throws IOException {
    return new Qcow2Disk(
        DiskImage.openAlone(path, ImageFormat.QCOW2, Limits.STANDARD), identity, null, onClose);
  }

  /**
   * Opens an image in a state that is known for certain. Blocks.
   *
   * @param path the image, free of symbolic links
   * @param root the folder that it and its backing and data files must be in
   * @throws RefusedImageException when it is none that will be read
   * @throws IOException when it cannot be read, or its files change all the time
   */
  public static Qcow2Disk open(Path path, ServedRoot root, Clock clock) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      SourceIdentity before;
      try (DiskImage image = DiskImage.open(path, ImageFormat.QCOW2, root, Limits.STANDARD)) {
        before = identity(image);
      }
      Instant now = clock.instant();
      if (before.files().stream().anyMatch(file -> file.identity().mayChangeUnnoticed(now))) {
        FileIdentity.settle();
        continue;
      }
      // What was the same before and after is what was opened in between.
      DiskImage image = DiskImage.open(path, ImageFormat.QCOW2, root, Limits.STANDARD);
      boolean kept = false;
      try {
        if (identity(image).equals(before)) {
          kept = true;
          return new Qcow2Disk(image, before, root, () -> {});
        }
      } finally {
        if (!kept) {
          image.close();
        }
      }
    }
    throw new IOException(path + ": changed while it was being opened, " + ATTEMPTS + " times");
  }

  private static SourceIdentity identity(DiskImage image) throws IOException {
    List<SourceFile> files = new ArrayList<>();
    for (ImageFile file : image.files()) {
      files.add(new SourceFile(file.path(), FileIdentity.of(file.path())));
    }
    return new SourceIdentity("qcow2", files);
  }

  @Override
  public long size() {
    return image.virtualSize();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    image.read(offset, into);
  }

  @Override
  public long zerosAt(long offset, long max) throws IOException {
    return image.map(offset, max) instanceof DiskExtent.Zero zeros ? zeros.length() : 0;
  }

  @Override
  public DiskSource reopened() throws IOException {
    try {
      Path path = image.files().get(0).path();
      ServedRoot within = root;
      DiskImage again =
          within == null
              ? DiskImage.openAlone(path, ImageFormat.QCOW2, Limits.STANDARD)
              : DiskImage.open(path, ImageFormat.QCOW2, within, Limits.STANDARD);
      return new Qcow2Disk(again, identity, root, () -> {});
    } catch (RefusedImageException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      image.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing files that were only read", e);
    } finally {
      onClose.run();
    }
  }
}
