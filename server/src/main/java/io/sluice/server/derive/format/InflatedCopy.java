package io.sluice.server.derive.format;

import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.derive.source.DamagedSourceException;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.Inflater;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * The bytes of a compressed file, inflated; where they are zeros, nothing is written. Made to its
 * end though no client waits any more: it is of use to every request for anything of the disk.
 *
 * @param format a compressed one
 * @param name of the file, for messages
 * @param promised how many bytes there are to be, where the format says so
 * @param memoryKib the most that may be allocated in the heap, in KiB
 */
public record InflatedCopy(ContentFormat format, String name, OptionalLong promised, int memoryKib)
    implements Recipe {
  private static final int STEP_BYTES = 1024 * 1024;

  @Override
  public void make(DiskSource source, Output output) throws IOException {
    try (Inflater inflater = new Inflater(source, format, name, memoryKib)) {
      byte[] bytes = new byte[STEP_BYTES];
      long length = 0;
      int count;
      do {
        count = inflater.read(bytes);
        length += count;
        check(length > promised.orElse(Long.MAX_VALUE));
        output.appendSparsely(ByteBuffer.wrap(bytes, 0, count));
        output.progress(inflater.consumed());
      } while (count == STEP_BYTES);
      check(length < promised.orElse(0));
    }
  }

  private void check(boolean wrong) throws DamagedSourceException {
    if (wrong) {
      throw new DamagedSourceException(
          name + ": is damaged: its index says " + promised.orElse(0) + " bytes");
    }
  }

  @Override
  public boolean goesOnUnattended() {
    return true;
  }
}
