package io.sluice.server.transfer;

import io.netty.channel.DefaultFileRegion;

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
   * Whether a region failed because its file has become too short. Netty throws for that from the
   * region's own class. The file cannot be asked: the program that cut it may be writing it anew
   * already.
   */
  static boolean isTruncation(Throwable cause) {
    StackTraceElement[] trace = cause.getStackTrace();
    return trace.length > 0 && trace[0].getClassName().equals(DefaultFileRegion.class.getName());
  }

  @Override
  protected void deallocate() {
    file.release();
  }
}
