package io.sluice.server.derive.format;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Compresses into one zstd frame (RFC 8878) with a checksum. The work is cut into jobs of a fixed
 * size, so the bytes do not depend on the number of workers.
 */
final class ZstdFrame implements AutoCloseable {
  /**
   * Bytes a worker compresses at a time: small enough that the first bytes come out soon and that
   * many workers need little memory, large enough for the window of the usual levels (2 MiB).
   */
  private static final int JOB_BYTES = 4 * 1024 * 1024;

  private static final int OUTPUT_BYTES = 256 * 1024;
  private static final int SCRATCH_BYTES = 64 * 1024;

  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private final ByteBuffer compressed = ByteBuffer.allocateDirect(OUTPUT_BYTES);
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
  private final Recipe.Output output;
  private boolean begun;

  /**
   * Begins a frame.
   *
   * @param workers threads of its own, at least 1
   */
  ZstdFrame(int level, int workers, Recipe.Output output) {
    this.output = output;
    context.setLevel(level);
    context.setChecksum(true);
    context.setWorkers(workers);
    context.setJobSize(JOB_BYTES);
  }

  /** Says how many bytes there will be, before the first of them; it then stands in the frame. */
  ZstdFrame ofSize(long bytes) {
    context.setPledgedSrcSize(bytes);
    return this;
  }

  /**
   * Compresses more bytes. What was written first comes out at once, for the client that waits for
   * it.
   */
  void write(ByteBuffer bytes) throws IOException {
    if (bytes.isDirect()) {
      compress(bytes);
    } else {
      while (bytes.hasRemaining()) {
        scratch.clear();
        int count = Math.min(scratch.remaining(), bytes.remaining());
        scratch.put(scratch.position(), bytes, bytes.position(), count);
        bytes.position(bytes.position() + count);
        compress(scratch.limit(count));
      }
    }
    if (!begun) {
      begun = true;
      drain(EndDirective.FLUSH);
    }
  }

  private void compress(ByteBuffer direct) throws IOException {
    while (direct.hasRemaining()) {
      context.compressDirectByteBufferStream(compressed, direct, EndDirective.CONTINUE);
      emit();
    }
  }

  /** Ends the frame. */
  void finish() throws IOException {
    drain(EndDirective.END);
  }

  private void drain(EndDirective how) throws IOException {
    scratch.clear().limit(0);
    boolean all;
    do {
      all = context.compressDirectByteBufferStream(compressed, scratch, how);
      emit();
    } while (!all);
  }

  private void emit() throws IOException {
    compressed.flip();
    if (compressed.hasRemaining()) {
      output.append(compressed);
    }
    compressed.clear();
  }

  @Override
  public void close() {
    context.close();
  }
}
