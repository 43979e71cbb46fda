package io.sluice.server.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * SHA-256 by libcrypto. Bytes of a direct buffer are read where they are, all others are copied.
 */
public final class CryptoSha256 extends MessageDigest {
  private static final int DIGEST_BYTES = 32;

  /** Copied at once, in bytes. */
  private static final int COPY_BYTES = 16 * 1024;

  private final Pointer context = new Memory(CryptoLibrary.CONTEXT_BYTES + COPY_BYTES);
  private final Pointer copy = context.share(CryptoLibrary.CONTEXT_BYTES);

  /**
   * A digest of no bytes.
   *
   * @param library the name of the one that is bound
   */
  public CryptoSha256(String library) {
    super("SHA-256 of " + library);
    engineReset();
  }

  @Override
  protected int engineGetDigestLength() {
    return DIGEST_BYTES;
  }

  @Override
  protected void engineReset() {
    check(CryptoLibrary.SHA256_Init(context));
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
      check(CryptoLibrary.SHA256_Update(context, copy, part));
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
    check(CryptoLibrary.SHA256_Update(context, from, input.remaining()));
    input.position(input.limit());
  }

  @Override
  protected byte[] engineDigest() {
    check(CryptoLibrary.SHA256_Final(copy, context));
    engineReset();
    return copy.getByteArray(0, DIGEST_BYTES);
  }

  private static void check(int result) {
    if (result != 1) {
      throw new IllegalStateException("libcrypto could not compute a SHA-256");
    }
  }
}
