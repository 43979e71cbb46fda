package io.sluice.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PemTest {
  private static List<Pem.Block> blocks(String text) {
    return Pem.blocks(text.getBytes(US_ASCII));
  }

  @Test
  void blocksComeInTheOrderOfTheFileAndTextBetweenThemIsPassedOver() {
    List<Pem.Block> found =
        blocks(
            """
            subject=CN = boot.example
            -----BEGIN CERTIFICATE-----
            AQID
            -----END CERTIFICATE-----
            and the next
            -----BEGIN PRIVATE KEY-----
            BAUG
            -----END PRIVATE KEY-----
            """);
    assertEquals(
        List.of("CERTIFICATE", "PRIVATE KEY"), found.stream().map(Pem.Block::label).toList());
    assertArrayEquals(new byte[] {1, 2, 3}, found.get(0).der());
    assertArrayEquals(new byte[] {4, 5, 6}, found.get(1).der());
  }

  @Test
  void bothFormsOfAnEncryptedKeyAreToldAndNotRead() {
    List<Pem.Block> found =
        blocks(
            """
            -----BEGIN RSA PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-256-CBC,00

            AQID
            -----END RSA PRIVATE KEY-----
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            AQID
            -----END ENCRYPTED PRIVATE KEY-----
            """);
    assertEquals(2, found.size());
    assertTrue(found.stream().allMatch(Pem.Block::encrypted));
  }

  @Test
  void aBlockThatDoesNotEndIsNone() {
    assertEquals(List.of(), blocks("-----BEGIN CERTIFICATE-----\nAQID\n"));
  }

  @Test
  void aBlockOfAMegabyteIsReadWithoutAStackOfThatDepth() {
    String body = ("A".repeat(64) + "\n").repeat(16_000);
    List<Pem.Block> found =
        blocks("-----BEGIN CERTIFICATE-----\n" + body + "-----END CERTIFICATE-----\n");
    assertEquals(16_000 * 48, found.get(0).der().length);
  }
}
