package io.sluice.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What a server proves who it is with, and whom it asks clients to prove it by.
 *
 * @param chain its certificate first, then those that lead to a root
 * @param key of the first certificate
 * @param clientCas whose certificates identify clients, none when clients are not asked
 * @param digest of the files that this was read from; equal when they are
 */
record Identity(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientCas, String digest) {
  /** More than any chain of certificates has, in bytes. */
  private static final int LARGEST = 1024 * 1024;

  private static final Set<PosixFilePermission> OPEN_TO_OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  /**
   * Reads it; may block.
   *
   * @throws IOException when something of it is missing or does not fit, with a message for the
   *     operator that quotes nothing of the key
   */
  static Identity read(TlsFiles files) throws IOException {
    byte[] certificate = bytes("tls-cert", files.certificate());
    checkPrivate(files.key());
    byte[] key = bytes("tls-key", files.key());
    byte[] clientCa =
        files.clientCa().isPresent() ? bytes("tls-client-ca", files.clientCa().get()) : new byte[0];
    List<X509Certificate> chain = certificates("tls-cert", files.certificate(), certificate);
    PrivateKey opened = key(files.key(), key);
    if (!belongTogether(chain.get(0).getPublicKey(), opened)) {
      throw new IOException(
          "tls-key: "
              + files.key()
              + " (expected: the key of the first certificate in "
              + files.certificate()
              + ")");
    }
    return new Identity(
        chain,
        opened,
        files.clientCa().isPresent()
            ? certificates("tls-client-ca", files.clientCa().get(), clientCa)
            : List.of(),
        digest(certificate, key, clientCa));
  }

  /** When the first certificate of the chain ends to be valid that does. */
  Instant expiry() {
    return chain.stream()
        .map(each -> each.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  private static byte[] bytes(String setting, Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw unreadable(setting, file, "no regular file is there");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LARGEST);
    } catch (IOException e) {
      throw unreadable(setting, file, e.toString());
    }
  }

  private static IOException unreadable(String setting, Path file, String why) {
    return new IOException(
        setting + ": " + file + " (expected: a file that can be read; " + why + ")");
  }

  /** A key that others can read is one that others have. */
  private static void checkPrivate(Path key) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(key, PosixFileAttributeView.class);
    if (view == null || !Files.exists(key)) {
      return;
    }
    Set<PosixFilePermission> granted = view.readAttributes().permissions();
    if (granted.stream().anyMatch(OPEN_TO_OTHERS::contains)) {
      throw new IOException(
          "tls-key: "
              + key
              + " (expected: a file that only its owner can read and write; chmod 600 "
              + key
              + ")");
    }
  }

  private static List<X509Certificate> certificates(String setting, Path file, byte[] pem)
      throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Pem.Block block : Pem.blocks(pem)) {
        if (block.label().equals("CERTIFICATE")) {
          found.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
        }
      }
    } catch (CertificateException e) {
      found.clear();
    }
    if (found.isEmpty()) {
      throw new IOException(
          setting + ": " + file + " (expected: certificates in PEM, that of the server first)");
    }
    return List.copyOf(found);
  }

  private static PrivateKey key(Path file, byte[] pem) throws IOException {
    List<Pem.Block> blocks = Pem.blocks(pem);
    boolean encrypted = blocks.stream().anyMatch(Pem.Block::encrypted);
    return PemKey.first(blocks)
        .orElseThrow(
            () ->
                new IOException(
                    "tls-key: "
                        + file
                        + " (expected: a key of RSA or of an elliptic curve in PEM"
                        + (encrypted ? ", without a passphrase)" : ")")));
  }

  /** What the key signs, the certificate must verify. */
  private static boolean belongTogether(PublicKey certified, PrivateKey key) {
    String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    byte[] text = {'s', 'l', 'u', 'i', 'c', 'e'};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofAnotherKind) {
      return false;
    }
  }

  private static String digest(byte[]... files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] file : files) {
        digest.update(Integer.toString(file.length).getBytes(US_ASCII));
        digest.update(file);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
