package io.sluice.server.os;

import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the kernel bring exactly those parts of a file into memory that are asked for, with
 * readahead(2). Left to itself it reads as far ahead as the disk is set to, megabytes for each
 * transfer and each leap, which push one another out of a small page cache before they are sent.
 */
public final class Readahead {
  private static final Logger LOG = LoggerFactory.getLogger(Readahead.class);

  private final int descriptor;

  private Readahead(int descriptor) {
    this.descriptor = descriptor;
    LibC.posix_fadvise(descriptor, 0, 0, LibC.RANDOM);
  }

  /**
   * Takes a file that is open for as long as the result is used; empty where the kernel cannot be
   * asked. Java does not tell the descriptor of a file: the manifest of the jar opens the two
   * classes that know it.
   */
  public static Optional<Readahead> of(FileChannel file) {
    return LibC.LOADED ? descriptor(file).map(Readahead::new) : Optional.empty();
  }

  /** Whether readahead(2) can be asked for files like this one. */
  static boolean isPossible(FileChannel file) {
    return LibC.LOADED && descriptor(file).isPresent();
  }

  private static Optional<Integer> descriptor(FileChannel file) {
    try {
      Field descriptor = file.getClass().getDeclaredField("fd");
      descriptor.setAccessible(true);
      Field number = FileDescriptor.class.getDeclaredField("fd");
      number.setAccessible(true);
      return Optional.of(number.getInt(descriptor.get(file)));
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      LOG.debug("the JDK does not tell the descriptor of a file", e);
      return Optional.empty();
    }
  }

  /**
   * Has the disk begin to read a part, and returns before it is read.
   *
   * @param offset of its first byte
   * @param length in bytes; it may go beyond the end of the file
   */
  public void begin(long offset, long length) {
    LibC.readahead(descriptor, offset, length);
  }
}
