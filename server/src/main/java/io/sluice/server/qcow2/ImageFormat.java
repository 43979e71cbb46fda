package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** What the bytes of a file mean. */
public enum ImageFormat {
  /** The file is the disk. */
  RAW,
  /** QEMU's copy-on-write format, version 2 or 3. */
  QCOW2;

  /** The first four bytes: {@code QFI\xfb}. */
  static final int MAGIC = 0x514649fb;

  /**
   * Looks at the first bytes of a file. A raw disk may begin with anything its user wrote, so what
   * is known to be raw must not be asked about.
   *
   * @throws IOException when the file cannot be read
   */
  public static ImageFormat detect(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return detect(channel);
    }
  }

  static ImageFormat detect(FileChannel channel) throws IOException {
    ByteBuffer first = ByteBuffer.allocate(Integer.BYTES);
    while (first.hasRemaining()) {
      if (channel.read(first, first.position()) < 0) {
        return RAW;
      }
    }
    return first.getInt(0) == MAGIC ? QCOW2 : RAW;
  }
}
