package io.sluice.server.qcow2;

import org.jspecify.annotations.Nullable;

/** A part of a virtual disk whose bytes are all found in one way; never empty. */
public sealed interface DiskExtent {

  /** How many bytes of the virtual disk this extent stands for, at least 1. */
  long length();

  /**
   * Bytes that stand in a file as they are.
   *
   * @param file which one
   * @param offset first byte in the file
   */
  record Stored(ImageFile file, long offset, long length) implements DiskExtent {
    @Override
    public @Nullable DiskExtent joinedBy(DiskExtent next) {
      return next instanceof Stored other && other.file == file && other.offset == offset + length
          ? new Stored(file, offset, length + other.length)
          : null;
    }
  }

  /** Zeros that stand nowhere. */
  record Zero(long length) implements DiskExtent {
    @Override
    public @Nullable DiskExtent joinedBy(DiskExtent next) {
      return next instanceof Zero other ? new Zero(length + other.length) : null;
    }
  }

  /**
   * A part of one compressed cluster, or all of it.
   *
   * @param file where it stands; together with {@code offset} it names the cluster
   * @param compression how it was made
   * @param offset first byte of the compressed cluster in the file
   * @param stored how many bytes of the file it takes, rounded up: foreign bytes may follow it
   * @param cluster where the cluster begins on the virtual disk, at most where the extent begins
   * @param clusterSize its length once inflated, in bytes, 512 to 2 MiB; it may go on past the end
   *     of the virtual disk
   * @param within where the extent begins in the inflated cluster
   */
  record Compressed(
      ImageFile file,
      Compression compression,
      long offset,
      int stored,
      long cluster,
      int clusterSize,
      int within,
      long length)
      implements DiskExtent {
    @Override
    public @Nullable DiskExtent joinedBy(DiskExtent next) {
      return null;
    }
  }

  /** This extent and the one that follows it on the disk as one, or null when they are none. */
  @Nullable DiskExtent joinedBy(DiskExtent next);
}
