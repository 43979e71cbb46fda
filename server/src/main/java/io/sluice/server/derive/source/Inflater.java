package io.sluice.server.derive.source;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.SeekableInputStream;
import org.tukaani.xz.SeekableXZInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Inflates a compressed file from its beginning. All members or streams one behind the other are
 * read; checksums are checked; what stands behind the last of them that belongs to none is damage.
 */
public final class Inflater implements AutoCloseable {
  /** What may be allocated for the index of an .xz file, in KiB. */
  private static final int INDEX_KIB = 4 * 1024;

  private static final int INPUT_BYTES = 256 * 1024;

  private final FromSource file;
  private final InputStream inflated;
  private final String name;

  /**
   * Begins to read.
   *
   * @param file its bytes as they are; not closed here
   * @param name what it is called in messages
   * @param memoryKib the most that may be allocated in the heap, in KiB
   * @throws DamagedSourceException when it does not begin as the format does
   * @throws NoRoomException when the heap is too small for it
   * @throws IOException when the file cannot be read
   */
  public Inflater(DiskSource file, ContentFormat format, String name, int memoryKib)
      throws IOException {
    this.file = new FromSource(file);
    this.name = name;
    inflated =
        guarded(() -> open(new BufferedInputStream(this.file, INPUT_BYTES), format, memoryKib));
  }

  private static InputStream open(InputStream in, ContentFormat format, int memoryKib)
      throws IOException {
    return switch (format) {
      case XZ -> new XZInputStream(in, memoryKib);
      case GZIP ->
          GzipCompressorInputStream.builder()
              .setInputStream(in)
              .setDecompressConcatenated(true)
              .get();
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case ZSTD -> new ZstdInputStreamNoFinalizer(in);
      case RAW, QCOW2, VMDK, VHD, VHDX, VDI, QCOW, QED, PARALLELS ->
          throw new IllegalArgumentException("format: " + format + " (expected: a compressed one)");
    };
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  /** Tells what is wrong with the bytes from a failure to read them. */
  private <T> T guarded(Reading<T> reading) throws IOException {
    try {
      return reading.read();
    } catch (MemoryLimitException e) {
      throw new NoRoomException(
          name
              + ": takes "
              + e.getMemoryNeeded() / 1024
              + " MiB of memory to inflate (expected: at most "
              + e.getMemoryLimit() / 1024
              + " MiB; more with a larger -Xmx)");
    } catch (IOException | RuntimeException e) {
      IOException unreadable = file.failure;
      if (unreadable != null) {
        throw unreadable;
      }
      String what =
          e instanceof EOFException ? "ends in the middle" : String.valueOf(e.getMessage());
      throw new DamagedSourceException(name + ": is damaged or cut short: " + what, e);
    }
  }

  /**
   * Reads until an array is full or nothing more comes.
   *
   * @return how many bytes, 0 at the end, which was found to be a right one
   */
  public int read(byte[] into) throws IOException {
    int count = 0;
    while (count < into.length) {
      int from = count;
      int more = guarded(() -> inflated.read(into, from, into.length - from));
      if (more < 0) {
        return count;
      }
      count += more;
    }
    return count;
  }

  /** How much of the file has been read. */
  public long consumed() {
    return file.offset;
  }

  @Override
  public void close() {
    try {
      inflated.close();
    } catch (IOException | RuntimeException e) {
      // Nothing is written, and nothing but memory is held.
    }
  }

  /**
   * How many bytes a file inflates to, where its format says so and cannot be wrong without being
   * damaged: .xz has an index. (The length in a gzip member is modulo 2<sup>32</sup> and that of
   * the last member only; a zstd frame need not be the only one.)
   */
  public static OptionalLong length(DiskSource file, ContentFormat format) {
    if (format != ContentFormat.XZ) {
      return OptionalLong.empty();
    }
    // Not closed: that would close nothing but the source, which is the caller's.
    try {
      return OptionalLong.of(new SeekableXZInputStream(new Seekable(file), INDEX_KIB).length());
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  /** The bytes of the file in order; remembers when they could not be had. */
  private static final class FromSource extends InputStream {
    private final DiskSource source;
    private long offset;
    private @Nullable IOException failure;

    FromSource(DiskSource source) {
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
      int most = (int) Math.min(count, source.size() - offset);
      if (most <= 0) {
        return count == 0 ? 0 : -1;
      }
      try {
        source.read(offset, ByteBuffer.wrap(into, from, most));
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      offset += most;
      return most;
    }
  }

  private static final class Seekable extends SeekableInputStream {
    private final FromSource bytes;

    Seekable(DiskSource source) {
      bytes = new FromSource(source);
    }

    @Override
    public int read() throws IOException {
      return bytes.read();
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
      return bytes.read(into, from, count);
    }

    @Override
    public long length() {
      return bytes.source.size();
    }

    @Override
    public long position() {
      return bytes.offset;
    }

    @Override
    public void seek(long position) {
      bytes.offset = position;
    }
  }
}
