package io.sluice.server.derive.cache;

import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * A cache entry that is being written. It becomes an entry by {@link #publish()}, or nothing by
 * {@link #close()}. Writing is for one thread; the rest is for any.
 */
public final class Draft implements AutoCloseable {
  private final DerivedCache cache;
  private final Path folder;
  private final CacheKey key;
  private final FileChannel channel;
  private Path file;
  private long reserved;
  private boolean ended;

  /**
   * Opens a file.
   *
   * @param reserved room that was reserved for what is in it already, in bytes
   * @param how whether it is made or there
   */
  Draft(DerivedCache cache, CacheKey key, Path file, long reserved, StandardOpenOption how)
      throws IOException {
    this.cache = cache;
    this.folder = Objects.requireNonNull(file.getParent());
    this.key = key;
    this.file = file;
    this.reserved = reserved;
    channel = FileChannel.open(file, how, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Which chunks are there of a file that was put aside and is being reopened. */
  public Optional<FilledMap> filledMap() throws IOException {
    return FilledMap.of(channel);
  }

  /** Cuts the file off at a length. */
  public void truncate(long length) throws IOException {
    channel.truncate(length);
  }

  /**
   * Writes bytes for which room was {@linkplain #reserve reserved}. Where the disk has less room
   * than the cache may take, older entries go.
   *
   * @throws NoRoomException when the disk is full and nothing more can go
   */
  public void write(long offset, ByteBuffer bytes) throws IOException {
    int begin = bytes.position();
    while (bytes.hasRemaining()) {
      try {
        channel.write(bytes, offset + bytes.position() - begin);
      } catch (IOException e) {
        IOException told = NoRoomException.orSame(e, folder);
        if (!(told instanceof NoRoomException) || !cache.evictOldest()) {
          throw told;
        }
      }
    }
  }

  /**
   * Makes the file so long, in bytes, with a hole behind its last byte where it was shorter.
   * Nothing is reserved: a hole takes up no room.
   */
  public void extend(long length) throws IOException {
    // A channel cannot make its file longer without writing to it.
    try (RandomAccessFile longer = new RandomAccessFile(file.toFile(), "rw")) {
      longer.setLength(length);
    } catch (IOException e) {
      throw NoRoomException.orSame(e, folder);
    }
  }

  /**
   * Reads back what was written.
   *
   * @return number of bytes, -1 at the end
   */
  public int read(long offset, ByteBuffer into) throws IOException {
    return channel.read(into, offset);
  }

  /**
   * Makes room for bytes that are about to be written.
   *
   * @throws NoRoomException when the cache can hold no more
   */
  public synchronized void reserve(long more) throws NoRoomException {
    if (!ended) {
      cache.reserve(more);
      reserved += more;
    }
  }

  /** Gives back room that was reserved and not used. */
  public synchronized void unreserve(long count) {
    if (!ended) {
      cache.unreserve(count);
      reserved -= count;
    }
  }

  /**
   * Opens the file once more, for reading, wherever it is by now.
   *
   * @throws IOException when it was thrown away
   */
  public synchronized FileChannel openForReading() throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Makes an entry of what was written, once it has reached the disk.
   *
   * @return keeps the entry from being evicted
   */
  public synchronized DerivedCache.Lease publish() throws IOException {
    try {
      channel.force(true);
      DerivedCache.Lease lease = cache.publish(key, file, reserved);
      file = lease.file();
      ended = true;
      channel.close();
      return lease;
    } catch (IOException e) {
      throw NoRoomException.orSame(e, folder);
    }
  }

  /** Throws away what was not published; readers that have it open may read on. */
  @Override
  public synchronized void close() throws IOException {
    if (ended) {
      return;
    }
    ended = true;
    try (channel) {
      Files.deleteIfExists(file);
    } finally {
      cache.unreserve(reserved);
    }
  }
}
