package io.sluice.server.root;

import io.sluice.server.os.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which file, in which state: two equal identities mean the same bytes. The time of the last change
 * of the inode is part of it, so that bytes changed in place under a modification time that was put
 * back are noticed too.
 *
 * @param device number of the file system
 * @param inode number of the file within it
 * @param size in bytes
 * @param modified time of the last change of the bytes
 * @param changed time of the last change of the inode, which no program can set
 * @param regular whether it is a regular file, not a directory, device, FIFO or socket
 */
public record FileIdentity(
    long device, long inode, long size, FileTime modified, FileTime changed, boolean regular) {

  /** Longer than the coarsest clock file systems stamp changes with. */
  private static final long CLOCK_TICK_MILLIS = 20;

  private static final long SETTLING_MILLIS = CLOCK_TICK_MILLIS + 5;

  private static final int FILE_TYPE_MASK = 0170000;
  private static final int REGULAR_FILE = 0100000;

  /**
   * Looks at a path.
   *
   * @param path must not be a symbolic link; if it is, the link itself is looked at
   * @throws IOException when there is nothing or it may not be looked at
   */
  public static FileIdentity of(Path path) throws IOException {
    return read(path, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Looks at what a path leads to.
   *
   * @throws IOException when there is nothing or it may not be looked at
   */
  public static FileIdentity followed(Path path) throws IOException {
    return read(path);
  }

  private static FileIdentity read(Path path, LinkOption... links) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime,mode", links);
    return new FileIdentity(
        value(attributes, "dev", Long.class),
        value(attributes, "ino", Long.class),
        value(attributes, "size", Long.class),
        value(attributes, "lastModifiedTime", FileTime.class),
        value(attributes, "ctime", FileTime.class),
        isRegular(value(attributes, "mode", Integer.class)));
  }

  /** From what statx(2) says. */
  public static FileIdentity of(FileStatus status) {
    return new FileIdentity(
        status.device(),
        status.inode(),
        status.size(),
        status.modified(),
        status.changed(),
        isRegular(status.mode()));
  }

  /** What a mode, as in stat(2), says. */
  private static boolean isRegular(int mode) {
    return (mode & FILE_TYPE_MASK) == REGULAR_FILE;
  }

  private static <T> T value(Map<String, Object> attributes, String name, Class<T> type) {
    return Objects.requireNonNull(type.cast(attributes.get(name)), name);
  }

  /**
   * Whether the file was changed so lately that another change may carry the same time. File
   * systems stamp changes with a clock that ticks every 1 to 10 ms, depending on the kernel.
   *
   * @param now the time of day
   */
  public boolean mayChangeUnnoticed(Instant now) {
    Instant change = changed.toInstant();
    return !change.isBefore(now.minusMillis(CLOCK_TICK_MILLIS))
        && !change.isAfter(now.plusMillis(CLOCK_TICK_MILLIS));
  }

  /**
   * Waits until a further change of a file that {@linkplain #mayChangeUnnoticed may change
   * unnoticed} would carry another time. Goes on at once, still interrupted, when the thread is.
   */
  public static void settle() {
    try {
      TimeUnit.MILLISECONDS.sleep(SETTLING_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** By the parts that tell most files apart; looked up for every request. */
  @Override
  public int hashCode() {
    return Long.hashCode(31 * (31 * (31 * device + inode) + size) + changed.toMillis());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FileIdentity that
        && inode == that.inode
        && device == that.device
        && size == that.size
        && regular == that.regular
        && changed.equals(that.changed)
        && modified.equals(that.modified);
  }

  /** The opaque part of an entity tag: different whenever any part of the identity is. */
  public String tag() {
    return String.join(
        "-",
        Long.toString(device, Character.MAX_RADIX),
        Long.toString(inode, Character.MAX_RADIX),
        Long.toString(size, Character.MAX_RADIX),
        Long.toString(modified.to(TimeUnit.NANOSECONDS), Character.MAX_RADIX),
        Long.toString(changed.to(TimeUnit.NANOSECONDS), Character.MAX_RADIX));
  }
}
