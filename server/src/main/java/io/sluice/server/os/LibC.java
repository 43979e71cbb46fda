package io.sluice.server.os;

import com.sun.jna.Library;
import com.sun.jna.Pointer;

/**
 * What the C library can do with threads, memory, files and descriptors and Java cannot. Offsets
 * and lengths are in bytes, and 64 bits wide as on every 64-bit Linux.
 */
public interface LibC extends Library {
  /** {@code PRIO_PROCESS}; on Linux that is a thread. */
  int PROCESS = 0;

  /** {@code MLOCK_ONFAULT}: what has been used, and the rest once it is. */
  int ON_FAULT = 1;

  /** {@code EFD_CLOEXEC}: no program that this one starts has it. */
  int CLOSE_ON_EXEC = 0x80000;

  /** {@code F_DUPFD_CLOEXEC}: the same under the first free number from another on. */
  int DUPLICATE = 1030;

  /** {@code POSIX_FADV_RANDOM}: nothing is read that was not asked for. */
  int RANDOM = 1;

  /** See posix_fadvise(2); 0 when it could be done. */
  int posix_fadvise(int file, long offset, long length, int advice);

  /** See readahead(2); a negative result is an error. */
  long readahead(int file, long offset, long count);

  /** See setpriority(2); 0 when it could be done. */
  int setpriority(int which, int thread, int nice);

  /** See mlock(2); 0 when it could be done. */
  int mlock2(Pointer from, long length, int flags);

  /** See eventfd(2); a negative number is none. */
  int eventfd(int count, int flags);

  /** See fcntl(2); what it returns depends on the command, and a negative number is an error. */
  int fcntl(int file, int command, Object... arguments);

  /** See close(2); 0 when it was open. */
  int close(int file);
}
