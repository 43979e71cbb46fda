package io.sluice.server.readahead;

import io.sluice.server.os.LibC;
import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;

/**
 * Has the kernel bring exactly those parts of a file into memory that are asked for, with
 * readahead(2). Left to itself it reads as far ahead as the disk is set to, megabytes for each
 * transfer and each leap, which push one another out of a small page cache before they are sent.
 */
final class AdvisedFile implements ReadAheadFile {
  private final LibC kernel;
  private final int number;
  private final ReadThroughFile reader;

  /**
   * Takes a file.
   *
   * @param number its descriptor
   * @param reader reads the same file
   */
  AdvisedFile(LibC kernel, int number, ReadThroughFile reader) {
    this.kernel = kernel;
    this.number = number;
    this.reader = reader;
    kernel.posix_fadvise(number, 0, 0, LibC.RANDOM);
  }

  @Override
  public void begin(long offset, long length) {
    kernel.readahead(number, offset, length);
  }

  /** Reads it, too: where memory is short, the kernel brings in a part of it and says nothing. */
  @Override
  public void finish(long offset, long length) throws IOException {
    reader.finish(offset, length);
  }
}
