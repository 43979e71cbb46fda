package io.sluice.server.qcow2;

import io.sluice.server.root.ServedRoot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A virtual disk, read from a QCOW2 file and the files it leans on, or from a raw file.
 *
 * <p>Everything here may block on files. Many threads may use an image at once; none of them may be
 * interrupted while it reads, because that closes the channel for all. What was opened is what is
 * read, also when another file is renamed over its path.
 */
public final class DiskImage implements Closeable {
  /** So many pieces are joined to one extent at the most, which bounds what one look-up costs. */
  private static final int MOST_PIECES = 1024;

  private static final byte[] ZEROS = new byte[16 * 1024];

  private final ImageChain chain;
  private final Layer top;
  private final Inflations inflations = new Inflations();

  private DiskImage(ImageChain chain) {
    this.chain = chain;
    this.top = chain.top();
  }

  /**
   * Opens an image with all files it leans on, and checks what can be checked without walking it.
   *
   * @param path the image; what it leans on is looked for from its folder
   * @param format what it is; a raw image must not be taken for what its content looks like
   * @param root the folder that backing and data files must be in, links followed
   * @throws RefusedImageException when it is none that will be read
   * @throws IOException when it cannot be read
   */
  public static DiskImage open(Path path, ImageFormat format, Path root, Limits limits)
      throws IOException {
    return new DiskImage(
        ImageChain.open(path, ImageChain::byPath, format, new ServedRoot(root), limits));
  }

  /** The same for an image that is within the root as well, and held to it. */
  public static DiskImage open(Path path, ImageFormat format, ServedRoot root, Limits limits)
      throws IOException {
    return new DiskImage(ImageChain.open(path, root::open, format, root, limits));
  }

  /** The same for an image that must lean on no other file. */
  public static DiskImage openAlone(Path path, ImageFormat format, Limits limits)
      throws IOException {
    return new DiskImage(
        ImageChain.open(path, real -> ImageChain.byPath(path), format, null, limits));
  }

  /** Length of the disk in bytes, at least 0. */
  public long virtualSize() {
    return top.size();
  }

  /** The image itself, then every file it leans on: all that the bytes of the disk depend on. */
  public List<ImageFile> files() {
    return chain.files();
  }

  /** The layers of the image, itself first, then its backing files. */
  public List<LayerDescription> layers() {
    return chain.layers();
  }

  /**
   * Where bytes of the disk are.
   *
   * @param offset at least 0 and less than the size of the disk
   * @param wanted how many bytes are asked for, at least 1
   * @return what is at that offset, no longer than asked for. Neighbours are joined, but two
   *     extents that follow each other may still be of the same kind
   * @throws DamagedImageException when the tables are damaged at that offset
   */
  public DiskExtent map(long offset, long wanted) throws IOException {
    Objects.checkIndex(offset, virtualSize());
    if (wanted < 1) {
      throw new IndexOutOfBoundsException("wanted: " + wanted + " (expected: at least 1)");
    }
    long most = Math.min(wanted, virtualSize() - offset);
    DiskExtent extent = top.map(offset, most);
    for (int pieces = 1; pieces < MOST_PIECES && extent.length() < most; pieces++) {
      DiskExtent joined;
      try {
        joined = extent.joinedBy(top.map(offset + extent.length(), most - extent.length()));
      } catch (DamagedImageException furtherOn) {
        break;
      }
      if (joined == null) {
        break;
      }
      extent = joined;
    }
    return extent;
  }

  /**
   * Fills a buffer with the disk from this offset on, as far as the disk goes.
   *
   * @param offset at least 0
   * @return how many bytes were read, 0 at and after the end of the disk
   * @throws DamagedImageException when the next byte cannot be read; those before it are in the
   *     buffer
   */
  public int read(long offset, ByteBuffer into) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      long at = offset + into.position() - start;
      if (at >= virtualSize()) {
        break;
      }
      read(map(at, into.remaining()), at, into);
    }
    return into.position() - start;
  }

  private void read(DiskExtent extent, long at, ByteBuffer into) throws IOException {
    int length = (int) extent.length();
    if (extent instanceof DiskExtent.Stored stored) {
      ByteBuffer part = into.slice(into.position(), length);
      int count = stored.file().read(part, stored.offset());
      into.position(into.position() + count);
      if (count < length) {
        throw new DamagedImageException(
            stored.file(), at + count, (long) length - count, "the file has become shorter");
      }
    } else if (extent instanceof DiskExtent.Compressed compressed) {
      Inflation inflation = inflations.take(compressed);
      try {
        into.put(inflation.cluster(compressed), compressed.within(), length);
      } finally {
        inflations.giveBack(inflation);
      }
    } else {
      for (int left = length; left > 0; left -= Math.min(left, ZEROS.length)) {
        into.put(ZEROS, 0, Math.min(left, ZEROS.length));
      }
    }
  }

  @Override
  public void close() throws IOException {
    inflations.close();
    chain.close();
  }
}
