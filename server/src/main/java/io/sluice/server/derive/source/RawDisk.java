package io.sluice.server.derive.source;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/**
 * A raw image as a source. The JDK cannot ask where the holes of a file are, so nothing is known
 * here to be zeros before it is read; holes are read at the speed of memory.
 *
 * @param size in bytes, as it was when the file was opened
 * @param onClose gives the channel back; run once
 */
public record RawDisk(FileChannel channel, SourceIdentity identity, long size, Runnable onClose)
    implements DiskSource {
  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    int surplus = (int) Math.max(0, into.remaining() - (size - offset));
    into.limit(into.limit() - surplus);
    long at = offset;
    while (into.hasRemaining()) {
      int count = read(into, at);
      if (count < 0) {
        throw new EOFException("the image became shorter while it was read");
      }
      at += count;
    }
    into.limit(into.limit() + surplus);
  }

  private int read(ByteBuffer into, long at) throws IOException {
    try {
      return channel.read(into, at);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          identity.files().get(0).path()
              + ": cannot be read at offset "
              + at
              + ": "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public long zerosAt(long offset, long max) {
    return 0;
  }

  @Override
  public DiskSource reopened() {
    return new RawDisk(channel, identity, size, () -> {});
  }

  @Override
  public void close() {
    onClose.run();
  }
}
