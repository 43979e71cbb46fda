package io.sluice.server.qcow2;

import java.io.IOException;

/** One image of a chain, with everything below it. Many threads use it at once. */
interface Layer {
  /** Length of its virtual disk in bytes. */
  long size();

  /**
   * Where bytes of its virtual disk are.
   *
   * @param offset at least 0 and less than the size
   * @param wanted how many bytes are asked for, at least 1
   * @return what is at that offset, no longer than asked for, not joined with all that would fit
   */
  DiskExtent map(long offset, long wanted) throws IOException;

  /** A file that is the disk. */
  record Raw(ImageFile file) implements Layer {
    @Override
    public long size() {
      return file.size();
    }

    @Override
    public DiskExtent map(long offset, long wanted) {
      return new DiskExtent.Stored(file, offset, Math.min(wanted, file.size() - offset));
    }
  }
}
