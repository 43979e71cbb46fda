package io.sluice.server.cli;

import io.sluice.server.qcow2.DiskImage;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code sluice image read}. */
@Command(
    name = "read",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes the raw disk that an image holds, or parts of it, to standard output.",
      "Ends with 1 and short of what was asked for where the image is damaged."
    })
final class ImageRead implements Callable<Integer> {
  private static final int BUFFER_BYTES = 1024 * 1024;

  @Mixin private ImageOptions image = new ImageOptions();

  @Option(
      names = "--range",
      paramLabel = "OFFSET+LENGTH",
      converter = RangeConverter.class,
      description = "bytes of the disk, may be given several times (default: all of it)")
  private @Nullable List<Range> ranges;

  /** Bytes of the disk; what is past its end is left out. */
  record Range(long offset, long length) {}

  @Override
  public Integer call() throws Exception {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try (DiskImage disk = image.open();
        FileChannel out = new FileOutputStream(FileDescriptor.out).getChannel()) {
      List<Range> wanted = ranges == null ? List.of(new Range(0, disk.virtualSize())) : ranges;
      for (Range range : wanted) {
        copy(disk, range, buffer, out);
      }
    }
    return 0;
  }

  private static void copy(DiskImage disk, Range range, ByteBuffer buffer, WritableByteChannel out)
      throws Exception {
    long end = range.offset + Math.min(range.length, disk.virtualSize() - range.offset);
    for (long at = range.offset; at < end; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      try {
        disk.read(at, buffer);
      } finally {
        buffer.flip();
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
    }
  }

  /** Reads a range as it is written on the command line. */
  static final class RangeConverter implements ITypeConverter<Range> {
    @Override
    public Range convert(String value) {
      int plus = value.indexOf('+');
      try {
        long offset = Long.parseLong(value.substring(0, Math.max(plus, 0)));
        long length = Long.parseLong(value.substring(plus + 1));
        if (offset >= 0 && length >= 0) {
          return new Range(offset, length);
        }
      } catch (NumberFormatException notANumber) {
        // Answered below, like numbers that are too small.
      }
      throw new TypeConversionException(value + " (expected: OFFSET+LENGTH in bytes)");
    }
  }
}
