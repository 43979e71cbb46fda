package io.sluice.server.qcow2;

/** A file that is the disk. */
record RawLayer(ImageFile file) implements Layer {
  @Override
  public long size() {
    return file.size();
  }

  @Override
  public DiskExtent map(long offset, long wanted) {
    return new DiskExtent.Stored(file, offset, Math.min(wanted, file.size() - offset));
  }
}
