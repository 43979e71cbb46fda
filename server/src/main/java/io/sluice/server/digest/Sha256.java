package io.sluice.server.digest;

import io.sluice.server.os.CryptoSha256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 (FIPS 180-4), computed by OpenSSL's library where the machine has it. The JDK's is a
 * tenth as fast with the one tier of compilation that the launcher asks for, and a thread that is
 * in it has to be given the processor before a collection can begin, for which all threads wait
 * meanwhile.
 */
public final class Sha256 {
  private Sha256() {}

  /** A digest of no bytes yet, for something long and one thread at a time. */
  public static MessageDigest begin() {
    return CryptoSha256.begin().orElseGet(Sha256::ofJdk);
  }

  /** The digest of something short, as 64 lower case hexadecimal digits. */
  public static String hexOf(byte[] bytes) {
    return HexFormat.of().formatHex(ofJdk().digest(bytes));
  }

  /** The JDK's own, which every JDK has. */
  private static MessageDigest ofJdk() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
