package io.sluice.server.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * Zstandard frames (RFC 8878), one after the other until they have made a cluster. Each is given to
 * the library whole and alone, so that it writes straight to its place: a window of the size that a
 * frame asks for, which could be anything, is never allocated.
 */
final class ZstdDecoder implements ClusterDecoder {
  private static final int FRAME = 0xfd2fb528;
  private static final int SKIPPABLE = 0x184d2a50;
  private static final int SKIPPABLE_MASK = 0xfffffff0;

  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  @Override
  public boolean decode(byte[] in, int length, byte[] out, int size) {
    int at = 0;
    int done = 0;
    try {
      while (done < size) {
        if (!isFrame(in, at, length)) {
          return false;
        }
        long frame = Zstd.findFrameCompressedSize(in, at, length - at);
        if (Zstd.isError(frame) || frame <= 0 || frame > length - at) {
          return false;
        }
        done += context.decompressByteArray(out, done, size - done, in, at, (int) frame);
        at += (int) frame;
      }
    } catch (ZstdException damaged) {
      return false;
    }
    return true;
  }

  /** The library also knows formats from before the standard, which no image has. */
  private static boolean isFrame(byte[] in, int at, int length) {
    if (length - at < Integer.BYTES) {
      return false;
    }
    int magic =
        (in[at] & 0xff)
            | ((in[at + 1] & 0xff) << 8)
            | ((in[at + 2] & 0xff) << 16)
            | (in[at + 3] << 24);
    return magic == FRAME || (magic & SKIPPABLE_MASK) == SKIPPABLE;
  }

  @Override
  public void close() {
    context.close();
  }
}
