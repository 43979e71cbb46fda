package io.sluice.server.derive.format;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.zip.CRC32;

/**
 * The disk as one gzip member (RFC 1952). Blocks are compressed side by side, each with the end of
 * the one before as its dictionary, and put together in order; the bytes do not depend on the
 * number of threads.
 *
 * @param level of compression, 1 to 9
 * @param ahead how many blocks may be compressed at once, at least 1
 * @param compressors where that happens; when it refuses, this thread does it itself
 */
public record GzipCopy(int level, int ahead, Executor compressors) implements Recipe {
  private static final int TRAILER_BYTES = 8;

  /** ID1, ID2, CM deflate, no flags, no time, no hint, an unknown operating system (§2.3). */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  /** A last block of deflate (RFC 1951 §3.2.3) that is empty: fixed codes, end of block. */
  private static final byte[] LAST_BLOCK = {3, 0};

  @Override
  public void make(DiskSource source, Output output) throws IOException {
    output.append(ByteBuffer.wrap(HEADER));
    SourceReader reader = new SourceReader(source);
    CRC32 crc = new CRC32();
    Queue<CompletableFuture<ByteBuffer>> pending = new ArrayDeque<>();
    byte[] before = null;
    ByteBuffer block = ByteBuffer.allocate(DeflateBlock.BYTES);
    while (reader.next(block)) {
      byte[] bytes = block.array();
      crc.update(bytes, 0, block.limit());
      pending.add(begin(new DeflateBlock(level, before, bytes, block.limit())));
      before = bytes;
      block = ByteBuffer.allocate(DeflateBlock.BYTES);
      if (pending.size() > ahead) {
        output.append(compressed(pending.remove()));
      }
      output.progress(reader.offset());
    }
    while (!pending.isEmpty()) {
      output.append(compressed(pending.remove()));
    }
    output.append(ByteBuffer.wrap(LAST_BLOCK));
    // ISIZE is the size modulo 2^32.
    output.append(
        ByteBuffer.allocate(TRAILER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) crc.getValue())
            .putInt((int) source.size())
            .flip());
  }

  private CompletableFuture<ByteBuffer> begin(DeflateBlock block) {
    try {
      return CompletableFuture.supplyAsync(block, compressors);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(block.get());
    }
  }

  private static ByteBuffer compressed(CompletableFuture<ByteBuffer> block) throws IOException {
    try {
      return block.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }
}
