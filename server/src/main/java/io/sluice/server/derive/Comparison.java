package io.sluice.server.derive;

import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.format.Recipe;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the bytes of a copy that was made before, and finds out whether they are the same. */
final class Comparison implements Recipe.Output {
  private final Draft made;
  private final long length;
  private long at;

  /**
   * Compares with what is in a file.
   *
   * @param length how many bytes that is
   */
  Comparison(Draft made, long length) {
    this.made = made;
    this.length = length;
  }

  @Override
  public void append(ByteBuffer bytes) throws IOException {
    ByteBuffer there = ByteBuffer.allocate(bytes.remaining());
    while (there.hasRemaining() && made.read(at + there.position(), there) >= 0) {
      // Until all is there, or the file ends.
    }
    if (!there.flip().equals(bytes)) {
      throw changed();
    }
    at += bytes.remaining();
    bytes.position(bytes.limit());
  }

  /** No more bytes come. */
  void end() throws IOException {
    if (at != length) {
      throw changed();
    }
  }

  private static IOException changed() {
    return new IOException("the image was changed while it was read");
  }

  @Override
  public void progress(long bytes) {
    // Shown of the first time only.
  }
}
