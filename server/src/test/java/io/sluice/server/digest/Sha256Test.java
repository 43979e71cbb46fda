package io.sluice.server.digest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sluice.server.os.CryptoSha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Sha256Test {
  /** FIPS 180-2, appendix B.1. */
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** Where distributions keep the libraries that programs are linked with. */
  private static final List<String> FOLDERS =
      List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib");

  private final MessageDigest ours = Sha256.begin();

  @Test
  void whatTheStandardSaysIsComputed() {
    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);

    assertEquals(OF_ABC, HexFormat.of().formatHex(ours.digest(abc)));
    assertEquals(OF_ABC, Sha256.hexOf(abc));
    assertEquals(32, ours.getDigestLength());
  }

  @Test
  void aMachineWithOpenSslComputesWithIt() {
    boolean installed =
        FOLDERS.stream()
            .anyMatch(
                folder ->
                    CryptoSha256.NAMES.stream()
                        .anyMatch(name -> Files.exists(Path.of(folder, name))));
    assertEquals(installed, ours instanceof CryptoSha256, ours.getAlgorithm());
  }

  @Test
  void piecesOfAnyKindAndLengthAreTakenAsTheJdkTakesThem() throws Exception {
    MessageDigest jdk = MessageDigest.getInstance("SHA-256");
    Random random = new Random(1);
    for (int round = 0; round < 50; round++) {
      for (int piece = random.nextInt(8); piece > 0; piece--) {
        byte[] bytes = new byte[random.nextInt(40_000)];
        random.nextBytes(bytes);
        int from = random.nextInt(bytes.length + 1);
        int to = from + random.nextInt(bytes.length - from + 1);
        jdk.update(bytes, from, to - from);
        take(bytes, from, to, random.nextInt(5));
      }
      assertArrayEquals(jdk.digest(), ours.digest(), "round " + round);
    }
  }

  private void take(byte[] bytes, int from, int to, int kind) {
    if (kind == 0) {
      ours.update(bytes, from, to - from);
    } else if (kind == 1) {
      for (int i = from; i < to; i++) {
        ours.update(bytes[i]);
      }
    } else {
      ByteBuffer buffer =
          kind == 2
              ? ByteBuffer.wrap(bytes)
              : ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
      buffer.position(from).limit(to);
      ByteBuffer given = kind == 4 ? buffer.slice().asReadOnlyBuffer() : buffer;
      ours.update(given);
      assertFalse(given.hasRemaining());
    }
  }

  @Test
  void whatWasTakenIsForgottenByReset() {
    ours.update(new byte[100]);
    ours.reset();

    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
    assertEquals(OF_ABC, HexFormat.of().formatHex(ours.digest(abc)));
  }
}
