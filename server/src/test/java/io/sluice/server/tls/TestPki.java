package io.sluice.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A CA with certificates for servers at 127.0.0.1 and for clients, made by the keytool of the JDK
 * that runs the tests, all of elliptic curves.
 */
public final class TestPki {
  private static final String STORE = "all.p12";
  private static final String PASSWORD = "changeit";
  private static final String CA = "ca";
  private static final long PATIENCE_SECONDS = 120;

  private final Path folder;

  /** Makes the CA, in an empty folder. */
  public TestPki(Path folder) throws Exception {
    this.folder = folder;
    make(CA, "-ext", "bc:c", "-validity", "3650");
  }

  /** Makes a key and its certificate, which is valid from now on. */
  public void issue(String name, int days) throws Exception {
    make(name, "-signer", CA, "-validity", Integer.toString(days), "-ext", "SAN=ip:127.0.0.1");
  }

  private void make(String name, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    command.addAll(List.of("-keystore", STORE, "-storepass", PASSWORD));
    command.addAll(Arrays.asList(more));
    Path said = folder.resolve("keytool.out");
    Process keytool =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    if (!keytool.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      keytool.destroyForcibly();
      throw new IOException("keytool: " + Files.readString(said));
    }
    KeyStore all = all();
    StringBuilder chain = new StringBuilder();
    for (Certificate each : all.getCertificateChain(name)) {
      chain.append(pem("CERTIFICATE", each.getEncoded()));
    }
    Files.writeString(certificate(name), chain);
    byte[] key = all.getKey(name, PASSWORD.toCharArray()).getEncoded();
    Files.writeString(key(name), pem("PRIVATE KEY", key));
    Files.setPosixFilePermissions(key(name), PosixFilePermissions.fromString("rw-------"));
  }

  private static String pem(String label, byte[] der) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }

  private KeyStore all() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve(STORE))) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  /** A certificate and those behind it. */
  public Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  /** Its key. */
  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  /** The certificate of the CA. */
  public Path ca() {
    return certificate(CA);
  }

  /** Puts copies of its files in these places, the key first. */
  public void copy(String name, Path certificate, Path key) throws IOException {
    put(key(name), key);
    put(certificate(name), certificate);
  }

  private void put(Path file, Path place) throws IOException {
    Path beside = Files.copy(file, folder.resolve("new"));
    Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
    Files.move(beside, place, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * What a client needs that trusts the CA.
   *
   * @param name of the certificate that it shows when it is asked for one
   */
  public SSLContext client(String name) throws GeneralSecurityException, IOException {
    KeyStore all = all();
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    char[] password = PASSWORD.toCharArray();
    own.setKeyEntry(name, all.getKey(name, password), password, all.getCertificateChain(name));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, password);
    return context(keys);
  }

  /** What a client needs that trusts the CA and has no certificate. */
  public SSLContext client() throws GeneralSecurityException, IOException {
    KeyManagerFactory none = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    none.init(null, null);
    return context(none);
  }

  private SSLContext context(KeyManagerFactory keys) throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(CA, all().getCertificate(CA));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
