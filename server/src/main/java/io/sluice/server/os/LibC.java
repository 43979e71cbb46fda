package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.slf4j.LoggerFactory;

/**
 * What the C library can do with threads, memory, files and descriptors and Java cannot; the one
 * place that loads it. Addresses are of memory outside of the heap; addresses, offsets and lengths
 * are in bytes, and 64 bits wide as on every 64-bit Linux. {@link #LOADED} says whether the
 * functions may be called.
 */
final class LibC {
  /** {@code PRIO_PROCESS}; on Linux that is a thread. */
  static final int PROCESS = 0;

  /** {@code MLOCK_ONFAULT}: what has been used, and the rest once it is. */
  static final int ON_FAULT = 1;

  /** {@code EFD_CLOEXEC}: no program that this one starts has it. */
  static final int CLOSE_ON_EXEC = 0x80000;

  /** {@code F_DUPFD_CLOEXEC}: the same under the first free number from another on. */
  static final int DUPLICATE = 1030;

  /** {@code F_GETFL}: how a descriptor is open. */
  static final int HOW_OPEN = 3;

  /** {@code O_ACCMODE}: of that, what may be done; 0 is reading. */
  static final int ACCESS = 3;

  /** {@code POSIX_FADV_RANDOM}: nothing is read that was not asked for. */
  static final int RANDOM = 1;

  /** The number of openat2(2), the same on all architectures; the C library has no function. */
  static final long OPENAT2 = 437;

  /** {@code AT_FDCWD}: a relative path begins in the working directory. */
  static final int HERE = -100;

  /** {@code O_PATH | O_CLOEXEC}: the place of a file; nothing of the file itself is opened. */
  static final int ONLY_THE_PATH = 0x200000 | 0x80000;

  /** Whether this is a Linux with a C library that has all of these functions. */
  static final boolean LOADED = load();

  private LibC() {}

  /** The address of one that takes a number and may be called at any time: abs(3). */
  static long functionThatDoesNothing() {
    return Pointer.nativeValue(NativeLibrary.getInstance("c").getFunction("abs"));
  }

  private static boolean load() {
    try {
      Native.register(LibC.class, "c");
      return true;
    } catch (LinkageError e) {
      LoggerFactory.getLogger(LibC.class).debug("the C library cannot be called", e);
      return false;
    }
  }

  /** See posix_fadvise(2); 0 when it could be done. */
  static native int posix_fadvise(int file, long offset, long length, int advice);

  /** See readahead(2); a negative result is an error. */
  static native long readahead(int file, long offset, long count);

  /** See setpriority(2); 0 when it could be done. */
  static native int setpriority(int which, int thread, int nice);

  /** See mlock(2); 0 when it could be done. */
  static native int mlock2(long from, long length, int flags);

  /** See eventfd(2); a negative number is none. */
  static native int eventfd(int count, int flags);

  /** See fcntl(2); what it returns depends on the command, and a negative number is an error. */
  static native int fcntl(int file, int command, long argument);

  /** See openat(2); a negative number is none. */
  static native int openat(int folder, long path, int flags, int mode);

  /** See pwrite(2); the bytes that were written, a negative number for an error. */
  static native long pwrite(int file, long from, long length, long offset);

  /** See readlinkat(2); the bytes that were written, without a zero at the end. */
  static native long readlinkat(int folder, long path, long into, long size);

  /** See signal(2); the handler before. */
  static native long signal(int signal, long handler);

  /** See dup2(2); a negative number is an error. */
  static native int dup2(int from, int to);

  /** See close(2); 0 when it was open. */
  static native int close(int file);

  /** See syscall(2) and openat2(2); a negative number is none. */
  static native long syscall(long number, long from, long path, long how, long howBytes);

  /** See statx(2); 0 when it could be done. */
  static native int statx(int file, long path, int flags, int mask, long result);
}
