package io.sluice.server.qcow2;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * One open file of an image: the image itself, a backing file or an external data file. Two are
 * equal only when they are the same object.
 *
 * <p>Its channel belongs to the {@link DiskImage} that opened it.
 */
public final class ImageFile implements Closeable {
  /** The JDK keeps a native buffer as large as the largest read of each thread. */
  private static final int LARGEST_READ = 128 * 1024;

  private final int index;
  private final Path path;
  private final FileChannel channel;
  private final long size;

  ImageFile(int index, Path path, FileChannel channel) throws IOException {
    this.index = index;
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
  }

  /** Where this file is among {@link DiskImage#files()}. */
  public int index() {
    return index;
  }

  /** Where it was opened, free of symbolic links. */
  public Path path() {
    return path;
  }

  /** The file as it was opened, for reading; open as long as the image is. */
  public FileChannel channel() {
    return channel;
  }

  /** Its length in bytes when it was opened. */
  public long size() {
    return size;
  }

  /** The last part of its path. */
  String name() {
    return String.valueOf(path.getFileName());
  }

  /**
   * Fills a buffer from this offset on, as far as the file goes.
   *
   * @return how many bytes were read
   */
  int read(ByteBuffer into, long offset) throws IOException {
    int start = into.position();
    int limit = into.limit();
    while (into.position() < limit) {
      into.limit(Math.min(limit, into.position() + LARGEST_READ));
      int count;
      try {
        count = channel.read(into, offset + into.position() - start);
      } catch (ClosedChannelException e) {
        throw e;
      } catch (IOException e) {
        long at = offset + into.position() - start;
        throw new IOException(path + ": cannot be read at offset " + at + ": " + e.getMessage(), e);
      } finally {
        into.limit(limit);
      }
      if (count < 0) {
        break;
      }
    }
    return into.position() - start;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
