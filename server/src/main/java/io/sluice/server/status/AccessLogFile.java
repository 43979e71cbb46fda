package io.sluice.server.status;

import io.sluice.server.os.StandardOutput;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where access log lines go. When a line can be written in part only, because the disk is full say,
 * the part is cut off again, and the whole line is written when it can be. Where it cannot be cut
 * off, in a pipe say, a line feed ends it first. Used by one thread, but for {@link #reopen} and
 * {@link #written}.
 */
public final class AccessLogFile implements Closeable {
  /** Lines that are written with one system call; Java passes the kernel 16 buffers at most. */
  private static final int BATCH_LINES = 16;

  /**
   * {@code PIPE_BUF} of Linux, in bytes: as much is written to a pipe as a whole or not at all,
   * also when nobody reads and the process ends; see pipe(7).
   */
  private static final int PIPE_BYTES = 4096;

  private static final byte LINE_FEED = '\n';

  /** How often it is checked whether the file was moved away, as logrotate does. */
  private static final long ROTATION_CHECK_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

  private final @Nullable Path path;

  /** What is closed at the end instead of the channel, where there is no path. */
  private final @Nullable Closeable output;

  private final Deque<byte[]> pending = new ArrayDeque<>(BATCH_LINES);
  private @Nullable Object fileKey;
  private long checkedAt = System.nanoTime();
  private FileChannel out;

  /** Not a pipe, a socket or a device. */
  private boolean isRegular;

  /** Whether the last byte that is there is in the middle of a line. */
  private boolean torn;

  private volatile long written;
  private volatile boolean toBeReopened;

  private AccessLogFile(Path path) throws IOException {
    this.path = path;
    this.output = null;
    this.out = open(path);
    this.fileKey = key(path);
    this.isRegular = Files.isRegularFile(path);
    this.torn = isRegular && isTorn(path);
  }

  private AccessLogFile(StandardOutput output, boolean isRegular) {
    this.path = null;
    this.output = output;
    this.out = output.channel();
    this.isRegular = isRegular;
  }

  /** Lines go to standard output. */
  public static AccessLogFile standardOutput() {
    boolean isRegular = Files.isRegularFile(STANDARD_OUTPUT);
    return new AccessLogFile(StandardOutput.take(), isRegular);
  }

  /**
   * Lines are appended to a file, which is made when it is missing.
   *
   * @throws IOException when it cannot be opened for writing
   */
  public static AccessLogFile appendingTo(Path path) throws IOException {
    return new AccessLogFile(path);
  }

  /** Has the file opened anew before the next line is written. Any thread may call this. */
  void reopen() {
    toBeReopened = true;
  }

  /** How many lines were written, each as a whole. Any thread may call this. */
  long written() {
    return written;
  }

  /**
   * Takes one line; it may stay in memory until {@link #flush()}, and does when this throws.
   *
   * @throws IOException when lines cannot be written now
   */
  void append(byte[] line) throws IOException {
    pending.add(line);
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
      if (torn) {
        writeSome(ByteBuffer.wrap(new byte[] {LINE_FEED}));
        torn = false;
      }
      write(batch());
    }
  }

  /** The first of the lines that wait; to a pipe, as many as are written whole or not at all. */
  private ByteBuffer[] batch() {
    List<ByteBuffer> batch = new ArrayList<>(BATCH_LINES);
    long bytes = 0;
    for (byte[] line : pending) {
      bytes += line.length;
      if (batch.size() == BATCH_LINES || (!isRegular && bytes > PIPE_BYTES && !batch.isEmpty())) {
        break;
      }
      batch.add(ByteBuffer.wrap(line));
    }
    return batch.toArray(ByteBuffer[]::new);
  }

  private void write(ByteBuffer[] batch) throws IOException {
    long end = isRegular ? out.size() : 0;
    try {
      while (batch[batch.length - 1].hasRemaining()) {
        writeSome(batch);
      }
    } finally {
      for (ByteBuffer line : batch) {
        if (!line.hasRemaining()) {
          end += line.limit();
          pending.remove();
          countWritten();
        } else if (line.position() > 0) {
          torn = !cutOff(end, line.position());
        }
      }
    }
  }

  /** Another process may have made the output one that is not waited for, see pipe(7). */
  private void writeSome(ByteBuffer... lines) throws IOException {
    if (out.write(lines) == 0) {
      throw new IOException("nothing can be written without waiting");
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the thread that writes counts
  private void countWritten() {
    written++;
  }

  /** Takes back a part of a line, unless another process has written behind it meanwhile. */
  private boolean cutOff(long end, int part) {
    try {
      if (isRegular && out.size() == end + part) {
        out.truncate(end);
        return true;
      }
    } catch (IOException e) {
      // Why lines cannot be written is said once, by who wanted them written.
    }
    return false;
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
    if (path == null || (!toBeReopened && System.nanoTime() - checkedAt < ROTATION_CHECK_NANOS)) {
      return;
    }
    checkedAt = System.nanoTime();
    if (toBeReopened || !isStillThere(key(path))) {
      // For as long as it cannot be opened, too: what has no name any more loses what is written.
      toBeReopened = true;
      FileChannel next = open(path);
      out.close();
      out = next;
      toBeReopened = false;
      Object opened = key(path);
      isRegular = Files.isRegularFile(path);
      torn = isStillThere(opened) && torn;
      torn |= isRegular && isTorn(path);
      fileKey = opened;
    }
  }

  private boolean isStillThere(@Nullable Object key) {
    return key != null && key.equals(fileKey);
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Whether a file ends in the middle of a line, as one does that a killed process wrote; false
   * when it may be written but not read.
   */
  private static boolean isTorn(Path path) throws IOException {
    try (FileChannel in = FileChannel.open(path)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return in.size() > 0 && in.read(last, in.size() - 1) == 1 && last.get(0) != LINE_FEED;
    } catch (AccessDeniedException mayOnlyBeWritten) {
      return false;
    }
  }

  private static @Nullable Object key(Path path) throws IOException {
    try {
      return Files.getAttribute(path, "unix:ino");
    } catch (NoSuchFileException moved) {
      return null;
    }
  }
}
