package io.sluice.server.os;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the kernel has read from disks for the calling thread: {@code read_bytes} of
 * {@code /proc/thread-self/io}, see proc_pid_io(5).
 */
public final class DiskReads {
  private static final String PATH = "/proc/thread-self/io";
  private static final Pattern READ_BYTES =
      Pattern.compile("^read_bytes: (\\d+)$", Pattern.MULTILINE);
  private static final int LONGEST = 512;

  /** One a thread: it goes on telling of the thread that opened it. */
  private final ThreadLocal<@Nullable RandomAccessFile> files =
      ThreadLocal.withInitial(DiskReads::open);

  private static @Nullable RandomAccessFile open() {
    try {
      return new RandomAccessFile(PATH, "r");
    } catch (IOException notAllowedOrNotLinux) {
      return null;
    }
  }

  /** Empty where the kernel does not tell. */
  public OptionalLong ofThisThread() {
    RandomAccessFile file = files.get();
    if (file == null) {
      return OptionalLong.empty();
    }
    try {
      byte[] text = new byte[LONGEST];
      file.seek(0);
      int length = file.read(text);
      Matcher line =
          READ_BYTES.matcher(new String(text, 0, Math.max(0, length), StandardCharsets.US_ASCII));
      return line.find() ? OptionalLong.of(Long.parseLong(line.group(1))) : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
