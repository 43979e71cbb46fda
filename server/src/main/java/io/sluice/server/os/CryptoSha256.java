package io.sluice.server.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/**
 * SHA-256 by OpenSSL's libcrypto, see SHA256_Init(3ssl). Bytes of a direct buffer are read where
 * they are, all others are copied. The functions work on memory of the caller's and nothing else:
 * the library has no state of theirs that the end of the process could take away under a thread
 * that still computes, as it has for its newer interface. A library that no longer has them counts
 * as none.
 */
public final class CryptoSha256 extends MessageDigest {
  /** Its file names, the newest first; each is a version of its binary interface. */
  public static final List<String> NAMES =
      List.of("libcrypto.so.4", "libcrypto.so.3", "libcrypto.so.1.1");

  private static final int DIGEST_BYTES = 32;

  /** {@code sizeof(SHA256_CTX)} in bytes, the same wherever an {@code int} has 32 bits. */
  private static final int CONTEXT_BYTES = 112;

  /** Copied at once, in bytes. */
  private static final int COPY_BYTES = 16 * 1024;

  /** The name of the library that was loaded when the first digest was wanted. */
  private static final Optional<String> LOADED =
      NAMES.stream().filter(CryptoSha256::load).findFirst();

  private final Pointer context = new Memory(CONTEXT_BYTES + COPY_BYTES);
  private final Pointer copy = context.share(CONTEXT_BYTES);

  private CryptoSha256(String library) {
    super("SHA-256 of " + library);
    engineReset();
  }

  /** A digest of no bytes; empty where there is no such library. */
  public static Optional<MessageDigest> begin() {
    return LOADED.map(CryptoSha256::new);
  }

  private static boolean load(String name) {
    try {
      Native.register(CryptoSha256.class, NativeLibrary.getInstance(name));
      return true;
    } catch (LinkageError absent) {
      return false;
    }
  }

  /** 1 when it could be done, as all of them return. */
  private static native int SHA256_Init(Pointer context);

  private static native int SHA256_Update(Pointer context, Pointer data, long length);

  private static native int SHA256_Final(Pointer digest, Pointer context);

  @Override
  protected int engineGetDigestLength() {
    return DIGEST_BYTES;
  }

  @Override
  protected void engineReset() {
    check(SHA256_Init(context));
  }

  @Override
  protected void engineUpdate(byte input) {
    engineUpdate(new byte[] {input}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int length) {
    for (int done = 0; done < length; ) {
      int part = Math.min(COPY_BYTES, length - done);
      copy.write(0, input, offset + done, part);
      check(SHA256_Update(context, copy, part));
      done += part;
    }
  }

  @Override
  protected void engineUpdate(ByteBuffer input) {
    if (!input.isDirect()) {
      super.engineUpdate(input);
      return;
    }
    Pointer from = Native.getDirectBufferPointer(input).share(input.position());
    check(SHA256_Update(context, from, input.remaining()));
    input.position(input.limit());
  }

  @Override
  protected byte[] engineDigest() {
    check(SHA256_Final(copy, context));
    engineReset();
    return copy.getByteArray(0, DIGEST_BYTES);
  }

  private static void check(int result) {
    if (result != 1) {
      throw new IllegalStateException("libcrypto could not compute a SHA-256");
    }
  }
}
