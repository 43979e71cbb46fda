package io.sluice.server.qcow2;

import java.io.IOException;

/**
 * A part of an image cannot be read because the image contradicts itself there. Bytes before it are
 * good; an answer ends short of it rather than sending anything in its place.
 */
public final class DamagedImageException extends IOException {
  private static final long serialVersionUID = 1;

  private final long offset;
  private final long length;

  DamagedImageException(ImageFile file, long offset, long length, String reason) {
    super(PlainText.of(file.name()) + ": damaged at " + offset + " of the virtual disk: " + reason);
    this.offset = offset;
    this.length = length;
  }

  /** The first byte of the virtual disk that cannot be read. */
  public long offset() {
    return offset;
  }

  /**
   * How many bytes from there on share the damage, at least 1 and at most as many as were asked
   * for: there may be more.
   */
  public long length() {
    return length;
  }
}
