package io.sluice.server.status;

import io.sluice.server.os.StandardOutput;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where access log lines go. A line that could be written in part only, because the disk is full
 * say, is gone on with where the writing ended, so that no half line is followed by another. Used
 * by one thread, but for {@link #reopen}.
 */
public final class AccessLogFile implements Closeable {
  /** Lines that are written with one system call; Java passes the kernel 16 buffers at most. */
  private static final int BATCH_LINES = 16;

  /** How often it is checked whether the file was moved away, as logrotate does. */
  private static final long ROTATION_CHECK_NANOS = Duration.ofSeconds(1).toNanos();

  private final @Nullable Path path;
  private final Deque<ByteBuffer> pending = new ArrayDeque<>(BATCH_LINES);
  private @Nullable Object fileKey;
  private long checkedAt = System.nanoTime();
  private FileChannel out;
  private int broken;
  private volatile boolean toBeReopened;

  /** What is closed at the end instead of the channel, where there is no path. */
  private final @Nullable Closeable output;

  private AccessLogFile(@Nullable Path path, FileChannel out, @Nullable Closeable output)
      throws IOException {
    this.output = output;
    this.path = path;
    this.fileKey = path == null ? null : key(path);
    this.out = out;
  }

  /** Lines go to standard output. */
  public static AccessLogFile standardOutput() throws IOException {
    StandardOutput output = StandardOutput.take();
    return new AccessLogFile(null, output.channel(), output);
  }

  /**
   * Lines are appended to a file, which is made when it is missing.
   *
   * @throws IOException when it cannot be opened for writing
   */
  public static AccessLogFile appendingTo(Path path) throws IOException {
    return new AccessLogFile(path, open(path), null);
  }

  /** Has the file opened anew before the next line is written. Any thread may call this. */
  void reopen() {
    toBeReopened = true;
  }

  /**
   * Takes one line; it may stay in memory until {@link #flush()}, and does when this throws.
   *
   * @throws IOException when lines cannot be written now
   */
  void append(byte[] line) throws IOException {
    pending.add(ByteBuffer.wrap(line));
    if (pending.size() >= BATCH_LINES) {
      flush();
    }
  }

  /**
   * Writes what is in memory.
   *
   * @throws IOException when that does not work now; what was not written stays in memory
   */
  void flush() throws IOException {
    reopenIfMoved();
    while (!pending.isEmpty()) {
      try {
        out.write(pending.toArray(ByteBuffer[]::new));
      } catch (IOException e) {
        if (isPipe()) {
          breakOff();
        }
        throw e;
      } finally {
        pending.removeIf(line -> !line.hasRemaining());
      }
    }
  }

  /** The next reader of a named pipe has not read the beginning of a line. */
  private boolean isPipe() {
    return path != null && !Files.isRegularFile(path);
  }

  /** A line of which a part was written where the rest cannot follow is lost. */
  private void breakOff() {
    pending.removeIf(line -> !line.hasRemaining());
    ByteBuffer first = pending.peek();
    if (first != null && first.position() > 0) {
      pending.remove();
      broken++;
    }
  }

  /** How many lines were broken off since this was asked last. */
  int takeBroken() {
    int count = broken;
    broken = 0;
    return count;
  }

  /** How many lines are in memory that were not written whole. */
  int unwritten() {
    return pending.size();
  }

  @Override
  public void close() throws IOException {
    if (output != null) {
      output.close();
    } else {
      out.close();
    }
  }

  private void reopenIfMoved() throws IOException {
    boolean asked = toBeReopened;
    if (path == null || (!asked && System.nanoTime() - checkedAt < ROTATION_CHECK_NANOS)) {
      return;
    }
    checkedAt = System.nanoTime();
    toBeReopened = false;
    if (asked || !isStillThere(key(path))) {
      FileChannel next = open(path);
      out.close();
      out = next;
      Object opened = key(path);
      if (!isStillThere(opened)) {
        breakOff();
      }
      fileKey = opened;
    }
  }

  private boolean isStillThere(@Nullable Object key) {
    return key != null && key.equals(fileKey);
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static @Nullable Object key(Path path) throws IOException {
    try {
      return Files.getAttribute(path, "unix:ino");
    } catch (NoSuchFileException moved) {
      return null;
    }
  }
}
