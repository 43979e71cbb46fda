package io.sluice.server;

import com.sun.jna.Library;
import com.sun.jna.Pointer;

/**
 * What the C library can do with threads and memory and Java cannot. Lengths are in bytes; a result
 * other than 0 is an error.
 */
interface LibC extends Library {
  /** {@code PRIO_PROCESS}; on Linux that is a thread. */
  int PROCESS = 0;

  /** {@code MLOCK_ONFAULT}: what has been used, and the rest once it is. */
  int ON_FAULT = 1;

  /** See setpriority(2). */
  int setpriority(int which, int thread, int nice);

  /** See mlock(2). */
  int mlock2(Pointer from, long length, int flags);
}
