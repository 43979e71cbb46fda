package io.sluice.server.derive.format;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A tar archive (POSIX.1-2001) with the disk as its one member, as one zstd frame.
 *
 * @param member name of the member
 * @param level of compression, 1 to 19
 * @param workers threads that compress, at least 1
 */
public record TarZstdCopy(String member, int level, int workers) implements Recipe {
  private static final int READ_BYTES = 128 * 1024;

  /** Readable by all: a disk image is not a secret to those who may download it. */
  private static final int MODE = 0100644;

  @Override
  public void make(DiskSource source, Output output) throws IOException {
    try (ZstdFrame frame = new ZstdFrame(level, workers, output)) {
      // Not closed: closing an archive that was given up would complain about the missing rest.
      TarArchiveOutputStream tar =
          new TarArchiveOutputStream(new Into(frame), StandardCharsets.UTF_8.name());
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      tar.putArchiveEntry(entry(source));
      SourceReader reader = new SourceReader(source);
      byte[] bytes = new byte[READ_BYTES];
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (reader.next(buffer)) {
        tar.write(bytes, 0, buffer.limit());
        output.progress(reader.offset());
      }
      tar.closeArchiveEntry();
      tar.finish();
      tar.flush();
      frame.finish();
    }
  }

  /** Nothing in it depends on this machine: the same disk gives the same archive. */
  private TarArchiveEntry entry(DiskSource source) {
    TarArchiveEntry entry = new TarArchiveEntry(member);
    entry.setSize(source.size());
    entry.setMode(MODE);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setLastModifiedTime(
        FileTime.from(source.identity().lastModified().truncatedTo(ChronoUnit.SECONDS)));
    return entry;
  }

  private static final class Into extends OutputStream {
    private final ZstdFrame frame;

    Into(ZstdFrame frame) {
      this.frame = frame;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      frame.write(ByteBuffer.wrap(bytes, offset, length));
    }
  }
}
