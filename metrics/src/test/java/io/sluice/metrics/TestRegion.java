package io.sluice.metrics;

import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.nio.channels.WritableByteChannel;

/** A file region whose progress the test decides. */
final class TestRegion extends AbstractReferenceCounted implements FileRegion {
  private final long count;
  private long transferred;

  TestRegion(long count, long transferred) {
    this.count = count;
    this.transferred = transferred;
  }

  void advance(long bytes) {
    transferred += bytes;
  }

  @Override
  public long position() {
    return 0;
  }

  @Deprecated
  @Override
  public long transfered() {
    return transferred;
  }

  @Override
  public long transferred() {
    return transferred;
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long transferTo(WritableByteChannel target, long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileRegion retain() {
    super.retain();
    return this;
  }

  @Override
  public FileRegion retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public FileRegion touch() {
    return this;
  }

  @Override
  public FileRegion touch(Object hint) {
    return this;
  }

  @Override
  protected void deallocate() {}
}
