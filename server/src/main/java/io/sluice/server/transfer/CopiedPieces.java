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
  private final ByteBufAllocator allocator;
  private final PieceRoom.Share room;

  /** Of one transfer. */
  CopiedPieces(ByteBufAllocator allocator, PieceRoom.Share room) {
    this.allocator = allocator;
    this.room = room;
  }

  /** Where the pieces have their memory: a piece is made once there is room for it. */
  PieceRoom.Share room() {
    return room;
  }

  /**
   * Copies a piece.
   *
   * @param length in bytes, for which room was taken
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
