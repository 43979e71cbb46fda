package io.sluice.server.egress;

import io.netty.channel.DefaultFileRegion;
import java.io.IOException;

/**
 * A region of a shared file. Only {@link DefaultFileRegion} and its subclasses take the native
 * {@code sendfile} path; the original closes its file when it is released, this one gives its
 * reference back.
 */
final class SharedFileRegion extends DefaultFileRegion {
  private final OpenFile file;

  /** Takes a reference of the file, which is given back when the region is released. */
  SharedFileRegion(OpenFile file, long offset, long length) {
    super(file.channel(), offset, length);
    this.file = file;
    file.retain();
  }

  /**
   * Whether the file, which the caller keeps open, has become too short for what is left of this
   * region.
   */
  boolean isTruncated() {
    try {
      return file.channel().size() < position() + count();
    } catch (IOException closed) {
      return false;
    }
  }

  @Override
  protected void deallocate() {
    file.release();
  }
}
