package io.sluice.server.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A private key in any of the forms that programs write one in: PKCS #8 (RFC 5958), and the older
 * ones of RSA (RFC 8017 §A.1.2) and of elliptic curves (RFC 5915). Pure.
 */
final class PemKey {
  private static final List<String> ALGORITHMS = List.of("RSA", "EC");

  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;

  /** In a key of an elliptic curve, the name of the curve. */
  private static final int PARAMETERS = 0xa0;

  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  /** The object identifier of RSA, with the empty parameters it has to have (RFC 8017 §A.1). */
  private static final byte[] RSA = {
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  /** The object identifier of keys of elliptic curves (RFC 5480 §2.1.1). */
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private PemKey() {}

  /** The first key among these blocks, if there is one that can be used. */
  static Optional<PrivateKey> first(List<Pem.Block> blocks) {
    return blocks.stream()
        .filter(block -> !block.encrypted())
        .flatMap(block -> pkcs8(block).stream())
        .flatMap(encoded -> key(encoded).stream())
        .findFirst();
  }

  private static Optional<byte[]> pkcs8(Pem.Block block) {
    return switch (block.label()) {
      case "PRIVATE KEY" -> Optional.of(block.der());
      case "RSA PRIVATE KEY" -> Optional.of(wrapped(RSA, block.der()));
      case "EC PRIVATE KEY" ->
          curve(block.der()).map(curve -> wrapped(join(EC, curve), block.der()));
      default -> Optional.empty();
    };
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return element(SEQUENCE, join(VERSION_0, element(SEQUENCE, algorithm), element(OCTETS, key)));
  }

  /** The name of the curve in a key of RFC 5915 §3, which need not be there. */
  private static Optional<byte[]> curve(byte[] key) {
    try {
      Der fields = new Der(key, 0).content();
      while (fields.hasMore()) {
        if (fields.tag() == PARAMETERS) {
          return Optional.of(fields.bytes());
        }
        fields.next();
      }
    } catch (IndexOutOfBoundsException cut) {
      // No such key.
    }
    return Optional.empty();
  }

  private static Optional<PrivateKey> key(byte[] pkcs8) {
    for (String algorithm : ALGORITHMS) {
      try {
        return Optional.of(
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
      } catch (InvalidKeySpecException another) {
        // Then it is of the next algorithm, or of none.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has RSA and EC", e);
      }
    }
    return Optional.empty();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** An element in the distinguished encoding (X.690 §8.1, §10.1). */
  private static byte[] element(int tag, byte[] content) {
    int length = content.length;
    byte[] head =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : length < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
    return join(head, content);
  }

  /** Steps over the elements of an encoding; each step may throw when it ends too early. */
  private static final class Der {
    private final byte[] all;
    private final int end;
    private int at;
    private int begin;
    private int length;

    Der(byte[] all, int at) {
      this(all, at, all.length);
    }

    private Der(byte[] all, int at, int end) {
      this.all = all;
      this.at = at;
      this.end = end;
      readLength();
    }

    private void readLength() {
      if (at >= end) {
        return;
      }
      int first = all[at + 1] & 0xff;
      begin = at + 2;
      length = first;
      if (first >= 0x80) {
        length = 0;
        for (int more = first & 0x7f; more > 0; more--) {
          length = (length << 8) | (all[begin++] & 0xff);
        }
      }
      if (length < 0 || begin > end - length) {
        throw new IndexOutOfBoundsException("an element that ends behind its file");
      }
    }

    boolean hasMore() {
      return at < end;
    }

    int tag() {
      return all[at] & 0xff;
    }

    Der content() {
      return new Der(all, begin, begin + length);
    }

    byte[] bytes() {
      return Arrays.copyOfRange(all, begin, begin + length);
    }

    void next() {
      at = begin + length;
      readLength();
    }
  }
}
