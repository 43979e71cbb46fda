package io.sluice.server.images;

import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import io.sluice.server.derive.fill.FilledDisk;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.ImageFile;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The disk of an open QCOW2 image, shared by all answers that send it. What stands in the image as
 * it is leaves from there; what is compressed, from a file in the cache that is filled as it is
 * wanted.
 */
final class VirtualDisk extends AbstractReferenceCounted {
  /** What is inflated at a time, in bytes, unless clusters are larger. */
  private static final int CHUNK_BYTES = 256 * 1024;

  /** Opens the disk's file in the cache. */
  interface FilledOpener {
    /** Blocks. */
    FilledDisk open(int chunkBytes) throws IOException;
  }

  private final Qcow2Disk source;
  private final List<OpenFile> files = new ArrayList<>();
  private final FilledOpener opener;
  private final Consumer<VirtualDisk> onClose;
  private @Nullable Inflated inflated;

  /**
   * What is inflated of the disk.
   *
   * @param disk says what is there
   * @param file its bytes
   */
  record Inflated(FilledDisk disk, OpenFile file) {}

  /**
   * Takes over an open image.
   *
   * @param onClose run once, when the disk is closed
   */
  VirtualDisk(Qcow2Disk source, FilledOpener opener, Consumer<VirtualDisk> onClose) {
    this.source = source;
    this.opener = opener;
    this.onClose = onClose;
    for (ImageFile file : source.image().files()) {
      files.add(
          new OpenFile(
              file.channel(),
              file.toString(),
              Objects.hash(
                  source.identity().format(),
                  source.identity().files().get(file.index()).identity()),
              closed -> {}));
    }
  }

  SourceIdentity identity() {
    return source.identity();
  }

  DiskImage image() {
    return source.image();
  }

  /** A file of the image as something to send from. */
  OpenFile file(ImageFile file) {
    return files.get(file.index());
  }

  /** The file for what is compressed; opened when it is wanted first. Blocks. */
  synchronized Inflated inflated() throws IOException {
    Inflated current = inflated;
    if (current == null) {
      int chunk =
          image().layers().stream()
              .mapToInt(layer -> layer.qcow2() == null ? 0 : layer.qcow2().clusterSize())
              .reduce(CHUNK_BYTES, Math::max);
      FilledDisk disk = opener.open(chunk);
      try {
        current = new Inflated(disk, new OpenFile(disk.open(), closed -> disk.close()));
      } catch (IOException e) {
        disk.close();
        throw e;
      }
      inflated = current;
    }
    return current;
  }

  /**
   * Takes a reference, if the disk is still open.
   *
   * @return false when the last reference has already gone
   */
  boolean tryRetain() {
    try {
      retain();
      return true;
    } catch (IllegalReferenceCountException alreadyClosed) {
      return false;
    }
  }

  @Override
  protected void deallocate() {
    onClose.accept(this);
    // Each of them closes its channel, which the image then finds closed.
    files.forEach(OpenFile::release);
    Inflated current = inflated;
    if (current != null) {
      current.file().release();
    }
    source.close();
  }

  @Override
  public ReferenceCounted touch(@Nullable Object hint) {
    return this;
  }
}
