package io.sluice.server.derive.source;

import io.sluice.server.derive.format.Recipe;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Keeps what a recipe makes in memory. */
public final class MemoryOutput implements Recipe.Output {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long progress;

  @Override
  public void append(ByteBuffer more) {
    byte[] copy = new byte[more.remaining()];
    more.get(copy);
    bytes.writeBytes(copy);
  }

  @Override
  public void replace(long offset, ByteBuffer other) {
    byte[] all = bytes.toByteArray();
    other.get(all, (int) offset, other.remaining());
    bytes.reset();
    bytes.writeBytes(all);
  }

  @Override
  public int read(long offset, ByteBuffer into) {
    byte[] all = bytes.toByteArray();
    int count = Math.min(into.remaining(), all.length - (int) offset);
    if (count <= 0) {
      return -1;
    }
    into.put(all, (int) offset, count);
    return count;
  }

  @Override
  public void progress(long at) {
    if (at < progress) {
      throw new AssertionError("went back from " + progress + " to " + at);
    }
    progress = at;
  }

  public byte[] bytes() {
    return bytes.toByteArray();
  }

  public long progress() {
    return progress;
  }
}
