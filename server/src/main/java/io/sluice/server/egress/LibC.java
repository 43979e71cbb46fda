package io.sluice.server.egress;

import com.sun.jna.Library;

/**
 * What the C library can do with files and Java cannot. Offsets and lengths are in bytes, and 64
 * bits wide as on every 64-bit Linux; a negative result is an error.
 */
interface LibC extends Library {
  /** {@code POSIX_FADV_RANDOM}: nothing is read that was not asked for. */
  int RANDOM = 1;

  /** See posix_fadvise(2). */
  int posix_fadvise(int file, long offset, long length, int advice);

  /** See readahead(2). */
  long readahead(int file, long offset, long count);
}
