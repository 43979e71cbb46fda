package io.sluice.server.readahead;

import io.sluice.server.transfer.PartSources;
import io.sluice.server.transfer.PieceRoom;
import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/** What transfers of a test take their parts from, with a clock that stands until it is moved. */
public final class Disk implements AutoCloseable {
  /** What the page cache may hope for, in bytes. */
  static final long MEMORY = 1L << 40;

  private final FileChannel nothing;
  private final AtomicLong now = new AtomicLong();
  private final AtomicLong step = new AtomicLong();
  private final AtomicLong coldBytes = new AtomicLong();
  private final ColdReads reads;
  private OptionalLong kernelTells = OptionalLong.empty();
  private final PartSources sources;

  /** Reads on this executor. */
  public Disk(Executor pool) throws IOException {
    this(pool, MEMORY);
  }

  /** Reads on this executor for so much of a page cache. */
  public Disk(Executor pool, long memory) throws IOException {
    this(pool, memory, new ArrayList<>());
  }

  /** The same, and notes what it is asked for. */
  public Disk(Executor pool, long memory, List<String> asked) throws IOException {
    nothing = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);
    ReadAheadFiles files = new ReadAheadFiles(nothing);
    reads =
        new ColdReads(
            pool,
            channel -> new Noting(files.open(channel), asked),
            memory,
            this::look,
            () -> kernelTells,
            (bytes, nanos) -> coldBytes.addAndGet(bytes));
    sources = new PartSources(reads, new PieceRoom(1 << 20, System::nanoTime));
  }

  private record Noting(ReadAheadFile file, List<String> asked) implements ReadAheadFile {
    @Override
    public void begin(long offset, long length) {
      long first = offset / ColdReads.BLOCK_BYTES;
      long last = (offset + length) / ColdReads.BLOCK_BYTES - 1;
      asked.add("begin " + first + (last > first ? "-" + last : ""));
      file.begin(offset, length);
    }

    @Override
    public void finish(long offset, long length) throws IOException {
      asked.add("finish " + offset / length);
      file.finish(offset, length);
    }
  }

  public ColdReads reads() {
    return reads;
  }

  public PartSources sources() {
    return sources;
  }

  /** From now on the kernel says that so many bytes were read from disks until now. */
  void kernelTells(long bytes) {
    kernelTells = OptionalLong.of(bytes);
  }

  /** Bytes of all reads that took long. */
  long coldBytes() {
    return coldBytes.get();
  }

  private long look() {
    return now.getAndAdd(step.get());
  }

  /** From now on so much time passes between two looks at the clock. */
  void takesAtEachLook(long nanos) {
    step.set(nanos);
  }

  void pass(long nanos) {
    now.addAndGet(nanos);
  }

  @Override
  public void close() throws IOException {
    sources.close();
    nothing.close();
  }
}
