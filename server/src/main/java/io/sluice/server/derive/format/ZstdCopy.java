package io.sluice.server.derive.format;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The disk as one zstd frame.
 *
 * @param level of compression, 1 to 19
 * @param workers threads that compress, at least 1
 */
public record ZstdCopy(int level, int workers) implements Recipe {
  private static final int READ_BYTES = 256 * 1024;

  @Override
  public void make(DiskSource source, Output output) throws IOException {
    try (ZstdFrame frame = new ZstdFrame(level, workers, output).ofSize(source.size())) {
      SourceReader reader = new SourceReader(source);
      ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
      while (reader.next(buffer)) {
        frame.write(buffer);
        output.progress(reader.offset());
      }
      frame.finish();
    }
  }
}
