package io.sluice.server.transfer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Copies bytes of files for a connection that cannot send files as they are, because it encrypts
 * them: one piece at a time, from pages that are in memory.
 */
final class CopiedPieces {
  /**
   * The most that is copied at once, in bytes. Eight records of TLS: twice that is not faster, and
   * half of it costs a tenth more.
   */
  static final int MOST = 128 * 1024;

  private final ByteBufAllocator allocator;

  CopiedPieces(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * Copies a piece.
   *
   * @param length in bytes, at most {@link #MOST}
   * @throws UncheckedIOException when the file cannot be read, or has become too short
   */
  HttpContent of(OpenFile file, long position, int length) {
    ByteBuf piece = allocator.directBuffer(length, length);
    try {
      while (piece.isWritable()) {
        int read =
            piece.writeBytes(
                file.channel(), position + piece.readableBytes(), piece.writableBytes());
        if (read < 0) {
          throw new EOFException(
              "the file ends at "
                  + (position + piece.readableBytes())
                  + " (expected: as long as when it was opened)");
        }
      }
    } catch (IOException e) {
      piece.release();
      throw new UncheckedIOException(e);
    }
    return new DefaultHttpContent(piece);
  }

  /** Zeros, which need not be read. */
  HttpContent ofZeros(int length) {
    return new DefaultHttpContent(allocator.directBuffer(length, length).writeZero(length));
  }
}
