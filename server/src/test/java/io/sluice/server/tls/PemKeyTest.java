package io.sluice.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PemKeyTest {
  /** Made by {@code openssl ecparam -name prime256v1 -genkey -noout}, for this test alone. */
  private static final String CURVE =
      """
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIO/eFlJnMruZjYnUw4Bv3E1R86iPPKbjOVcP9EP98/TfoAoGCCqGSM49
      AwEHoUQDQgAEPKu9MBoxGnnN54twpOuJT+yhG6ogX8G3vp7oV2EubqL70zO2VK6b
      ONIO6xsWM3vbphmTwT2M/+uJbNbTNnnXig==
      -----END EC PRIVATE KEY-----
      """;

  private static Optional<PrivateKey> key(String pem) {
    return PemKey.first(Pem.blocks(pem.getBytes(US_ASCII)));
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  private static PrivateKey generated(String algorithm, int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    return generator.generateKeyPair().getPrivate();
  }

  @Test
  void aKeyInPkcs8IsReadWhateverItsAlgorithm() throws Exception {
    for (PrivateKey made : List.of(generated("RSA", 1024), generated("EC", 256))) {
      PrivateKey read = key(pem("PRIVATE KEY", made.getEncoded())).orElseThrow();
      assertArrayEquals(made.getEncoded(), read.getEncoded());
    }
  }

  @Test
  void anRsaKeyInItsOlderFormIsTheSameKey() throws Exception {
    for (int bits : new int[] {512, 1024, 2048}) {
      PrivateKey made = generated("RSA", bits);
      byte[] pkcs8 = made.getEncoded();
      // The key itself is the last element; behind the algorithm, whose identifier ends with 05 00.
      int at = 0;
      while (pkcs8[at] != 5 || pkcs8[at + 1] != 0) {
        at++;
      }
      at += 2 + ((pkcs8[at + 3] & 0x80) == 0 ? 2 : 2 + (pkcs8[at + 3] & 0x7f));
      byte[] older = Arrays.copyOfRange(pkcs8, at, pkcs8.length);
      assertArrayEquals(
          pkcs8, key(pem("RSA PRIVATE KEY", older)).orElseThrow().getEncoded(), bits + " bits");
    }
  }

  @Test
  void aKeyOfACurveInItsOlderFormIsReadBehindTheNameOfTheCurve() {
    String parameters = pem("EC PARAMETERS", new byte[] {6, 1, 0});
    PrivateKey key = key(parameters + CURVE).orElseThrow();
    assertEquals("EC", key.getAlgorithm());
    assertEquals(256, ((ECPrivateKey) key).getParams().getOrder().bitLength());
  }

  @Test
  void whatIsNoKeyIsNoneHoweverItIsCut() {
    byte[] whole = Pem.blocks(CURVE.getBytes(US_ASCII)).get(0).der();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertTrue(key(pem("EC PRIVATE KEY", cut)).isEmpty(), "cut at " + length);
      assertTrue(key(pem("PRIVATE KEY", cut)).isEmpty(), "cut at " + length);
    }
  }
}
