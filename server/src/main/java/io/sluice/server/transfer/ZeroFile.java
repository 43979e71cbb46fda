package io.sluice.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of zeros that is as long as the largest part and has no name: a part of a {@link
 * Extent.Zero} is a region of it, and its pages stay in memory because they are few.
 */
final class ZeroFile {
  private ZeroFile() {}

  /**
   * Makes one in the folder for temporary files.
   *
   * @throws IOException when nothing can be written there
   */
  static OpenFile make() throws IOException {
    Path path = Files.createTempFile("sluice-zeros-", "");
    try {
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      // Written, not a hole: a page of a hole may have to be made again for each reader.
      ByteBuffer zeros = ByteBuffer.allocate(TransferPump.LARGEST_TURN_BYTES);
      while (zeros.hasRemaining()) {
        channel.write(zeros, zeros.position());
      }
      return new OpenFile(channel, closed -> {});
    } finally {
      Files.delete(path);
    }
  }
}
