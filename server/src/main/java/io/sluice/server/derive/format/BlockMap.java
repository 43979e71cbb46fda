package io.sluice.server.derive.format;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.digest.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Which blocks of a disk have to be written so that a zeroed disk becomes a copy of it, in the
 * format bmap 2.0 with SHA-256 sums, as bmaptool reads it. Blocks of nothing but zeros are left
 * out, unless they lie in a short gap between others.
 */
public final class BlockMap implements Recipe {
  /** Size of a block in bytes; bmaptool's own. */
  static final int BLOCK = 4096;

  /**
   * Gaps shorter than this many blocks are written too: 64 KiB, the usual cluster, are written in
   * the time of a seek, and a map cannot become larger than the 500th part of its disk.
   */
  static final int SHORTEST_GAP = 16;

  private static final int READ_BYTES = 1024 * 1024;
  private static final int TEXT_BYTES = 64 * 1024;
  private static final byte[] ZEROS = new byte[BLOCK];

  /** Stands where the number of mapped blocks goes once it is known; as long as any long. */
  private static final String COUNT_PLACE = " ".repeat(19);

  /** The checksum is taken of the file with zeros in its place. */
  private static final String CHECKSUM_PLACE = "0".repeat(64);

  @Override
  public void make(DiskSource source, Output output) throws IOException {
    new Writer(source, output).write();
  }

  private static final class Writer {
    private final DiskSource source;
    private final Output output;
    private final StringBuilder text = new StringBuilder();
    private final MessageDigest range = Sha256.begin();
    private long first = -1;
    private long end;
    private long mapped;
    private long written;

    Writer(DiskSource source, Output output) {
      this.source = source;
      this.output = output;
    }

    void write() throws IOException {
      long blocks = (source.size() + BLOCK - 1) / BLOCK;
      text.append("<?xml version=\"1.0\" ?>\n<bmap version=\"2.0\">\n");
      element("ImageSize", Long.toString(source.size()));
      element("BlockSize", Integer.toString(BLOCK));
      element("BlocksCount", Long.toString(blocks));
      final long countAt = element("MappedBlocksCount", COUNT_PLACE);
      element("ChecksumType", "sha256");
      final long checksumAt = element("BmapFileChecksum", CHECKSUM_PLACE);
      text.append("    <BlockMap>\n");
      scan();
      text.append("    </BlockMap>\n</bmap>\n");
      flush();
      replace(countAt, Long.toString(mapped));
      replace(checksumAt, digestOfOutput());
    }

    /** Writes an element and says where its text stands. */
    private long element(String name, String value) {
      text.append("    <").append(name).append("> ");
      long at = written + text.length();
      text.append(value).append(" </").append(name).append(">\n");
      return at;
    }

    private void scan() throws IOException {
      byte[] bytes = new byte[READ_BYTES];
      long offset = 0;
      while (offset < source.size()) {
        long zeros = source.zerosAt(offset, source.size() - offset);
        if (offset + zeros < source.size()) {
          zeros -= zeros % BLOCK;
        }
        if (zeros > 0) {
          offset += zeros;
        } else {
          int count = (int) Math.min(READ_BYTES, source.size() - offset);
          source.read(offset, ByteBuffer.wrap(bytes, 0, count));
          take(offset / BLOCK, bytes, count);
          offset += count;
        }
        output.progress(Math.min(offset, source.size()));
      }
      endRange();
    }

    /** Takes blocks that were read, of which the last of a disk may be short. */
    private void take(long block, byte[] bytes, int count) throws IOException {
      for (int at = 0; at < count; at += BLOCK) {
        int length = Math.min(BLOCK, count - at);
        if (!Arrays.equals(bytes, at, at + length, ZEROS, 0, length)) {
          takeBlock(block + at / BLOCK, bytes, at, length);
        }
      }
    }

    private void takeBlock(long block, byte[] bytes, int at, int length) throws IOException {
      if (first >= 0 && block - end < SHORTEST_GAP) {
        for (; end < block; end++) {
          range.update(ZEROS);
        }
      } else {
        endRange();
        first = block;
      }
      range.update(bytes, at, length);
      end = block + 1;
    }

    private void endRange() throws IOException {
      if (first < 0) {
        return;
      }
      text.append("        <Range chksum=\"")
          .append(HexFormat.of().formatHex(range.digest()))
          .append("\"> ")
          .append(first);
      if (end > first + 1) {
        text.append('-').append(end - 1);
      }
      text.append(" </Range>\n");
      mapped += end - first;
      first = -1;
      if (text.length() >= TEXT_BYTES) {
        flush();
      }
    }

    private void flush() throws IOException {
      written += text.length();
      output.append(ascii(text.toString()));
      text.setLength(0);
    }

    private void replace(long at, String value) throws IOException {
      output.replace(at, ascii(value));
    }

    private String digestOfOutput() throws IOException {
      MessageDigest whole = Sha256.begin();
      ByteBuffer buffer = ByteBuffer.allocate(TEXT_BYTES);
      for (long at = 0; output.read(at, buffer.clear()) > 0; at += buffer.limit()) {
        whole.update(buffer.flip());
        buffer.rewind();
      }
      return HexFormat.of().formatHex(whole.digest());
    }

    private static ByteBuffer ascii(String text) {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
