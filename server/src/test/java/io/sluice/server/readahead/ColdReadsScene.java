package io.sluice.server.readahead;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** A large file on a {@link Disk}, read by a pool that runs when it is told to. */
final class ColdReadsScene {
  static final long BLOCK_BYTES = ColdReads.BLOCK_BYTES;
  static final long SIZE = 600 * BLOCK_BYTES;
  static final int AHEAD = 3;

  private final Path folder;
  final Deque<Runnable> pool = new ArrayDeque<>();
  final AtomicInteger closed = new AtomicInteger();
  final Disk disk;
  final ColdReads reads;
  final OpenFile file;

  /** With its files in this folder. */
  ColdReadsScene(Path folder) throws IOException {
    this.folder = folder;
    disk = new Disk(pool::add);
    reads = disk.reads();
    file = file("image", SIZE);
  }

  /** Checks that only the reference of the test is left. */
  void close() throws IOException {
    runPool();
    assertEquals(1, file.refCnt());
    file.release();
    assertEquals(1, closed.get());
    disk.close();
  }

  OpenFile file(String name, long size) throws IOException {
    Path path = folder.resolve(name);
    try (RandomAccessFile made = new RandomAccessFile(path.toFile(), "rw")) {
      made.setLength(size);
    }
    return new OpenFile(FileChannel.open(path), self -> closed.incrementAndGet());
  }

  void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
  }

  long warmBytes(OpenFile from, long position, long remaining, long most) {
    return reads.warmBytes(from, position, remaining, AHEAD, most);
  }

  /** Wants one byte, and nothing that follows it. */
  static CompletionStage<Void> want(ColdReads from, OpenFile file, long position) {
    return from.warm(file, position, 1, AHEAD);
  }

  boolean warm(long block) {
    CompletionStage<Void> ready = want(reads, file, block * BLOCK_BYTES);
    runPool();
    return ready.toCompletableFuture().isDone();
  }

  static boolean done(CompletionStage<Void> stage) {
    return stage.toCompletableFuture().isDone();
  }
}
