package io.sluice.server.qcow2;

/** A file that is the disk. */
record RawLayer(ImageFile file) implements Layer {
  @Override
  public long size() {
    return file.size();
  }

  @Override
  public Run map(long offset, long wanted) {
    return new Run.Stored(file, offset, Math.min(wanted, file.size() - offset));
  }
}
