package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.List;
import java.util.Optional;

/**
 * OpenSSL's libcrypto, see SHA256_Init(3ssl). These functions work on memory of the caller's and
 * nothing else: the library has no state of theirs that the end of the process could take away
 * under a thread that still computes, as it has for its newer interface. A library that no longer
 * has them counts as none.
 */
public final class CryptoLibrary {
  /** {@code sizeof(SHA256_CTX)} in bytes, the same wherever an {@code int} has 32 bits. */
  static final int CONTEXT_BYTES = 112;

  /** Its file names, the newest first; each is a version of its binary interface. */
  public static final List<String> NAMES =
      List.of("libcrypto.so.4", "libcrypto.so.3", "libcrypto.so.1.1");

  private CryptoLibrary() {}

  /** Makes the functions ready to be called; the name of the library, empty where there is none. */
  public static Optional<String> bind() {
    return NAMES.stream().filter(CryptoLibrary::bind).findFirst();
  }

  private static boolean bind(String name) {
    try {
      Native.register(CryptoLibrary.class, NativeLibrary.getInstance(name));
      return true;
    } catch (LinkageError absent) {
      return false;
    }
  }

  /** 1 when it could be done, as all of them return. */
  static native int SHA256_Init(Pointer context);

  static native int SHA256_Update(Pointer context, Pointer data, long length);

  static native int SHA256_Final(Pointer digest, Pointer context);
}
