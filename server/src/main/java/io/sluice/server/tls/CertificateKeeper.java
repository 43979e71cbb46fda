package io.sluice.server.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import io.sluice.server.http.connection.TlsHandlers;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each new connection the certificate that the files hold. When they say something else that
 * can be used, new connections get that, and those that are open keep what they have; what cannot
 * be used is told once, and changes nothing. From a month before the certificate expires that is
 * told once a day.
 */
public final class CertificateKeeper implements TlsHandlers, AutoCloseable {
  /** Both have forward secrecy; what is older is not safe (RFC 8996). */
  private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  /**
   * Of TLS 1.3, and those of 1.2 with forward secrecy and authenticated encryption, as RFC 9325
   * §4.2 recommends. What costs the server least comes first.
   */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");

  /**
   * Key exchange by RSA, for firmware that has no elliptic curves, as OVMF of Debian 12: who gets
   * the key of the server can read what was recorded before. Their peers with DHE are not in
   * BoringSSL.
   */
  private static final List<String> OLD_CIPHERS =
      List.of("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384");

  /** Sessions that clients may take up again, which are kept in memory: a few KiB each. */
  private static final long SESSIONS = 1024;

  private static final Duration WARN_BEFORE = Duration.ofDays(30);

  private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeper.class);

  private final TlsFiles files;
  private final List<String> ciphers;
  private final Clock clock;
  private final Duration handshakeTimeout;
  private final Consumer<Handshake> ends;

  /**
   * Whether a thread looks at the files. Loops wait for the lock of this object, and lines of the
   * log may wait for their reader: so none is written under it, and what only the looks need is
   * theirs alone.
   */
  private final AtomicBoolean looking = new AtomicBoolean();

  /** What was wrong with the files when they were looked at last; empty when nothing was. */
  private String problem = "";

  private LocalDate warned = LocalDate.EPOCH;
  private Identity identity;
  private SslContext context;

  private CertificateKeeper(
      TlsFiles files,
      boolean firmware,
      Clock clock,
      Duration handshakeTimeout,
      Consumer<Handshake> ends)
      throws IOException {
    this.files = files;
    this.ciphers =
        firmware ? Stream.of(CIPHERS, OLD_CIPHERS).flatMap(List::stream).toList() : CIPHERS;
    this.clock = clock;
    this.handshakeTimeout = handshakeTimeout;
    this.ends = ends;
    identity = Identity.read(files);
    context = context(identity, ciphers);
    warnOfExpiry();
  }

  /**
   * Reads the files.
   *
   * @param firmware whether old firmware is served, too
   * @param handshakeTimeout how long a client may take until the connection is safe
   * @param ends told of the end of every handshake
   * @throws IOException when they cannot be used, with a message for the operator
   */
  public static CertificateKeeper open(
      TlsFiles files,
      boolean firmware,
      Clock clock,
      Duration handshakeTimeout,
      Consumer<Handshake> ends)
      throws IOException {
    return new CertificateKeeper(files, firmware, clock, handshakeTimeout, ends);
  }

  /** Whether BoringSSL is used, and not what the JDK has. */
  public static boolean isNative() {
    return OpenSsl.isAvailable();
  }

  /**
   * BoringSSL makes one handshake for each connection. The JDK makes as many as the client begins
   * (RFC 5246 §7.4.1.1) unless it is told not to, which it reads when the first one is made.
   */
  private static SslProvider provider() {
    if (isNative()) {
      return SslProvider.OPENSSL_REFCNT;
    }
    System.getProperties().putIfAbsent("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    return SslProvider.JDK;
  }

  private static SslContext context(Identity identity, List<String> ciphers) throws IOException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(
                  identity.key(), identity.chain().toArray(new X509Certificate[0]))
              .sslProvider(provider())
              .protocols(PROTOCOLS)
              .ciphers(ciphers, SupportedCipherSuiteFilter.INSTANCE)
              .sessionCacheSize(SESSIONS);
      if (!identity.clientCas().isEmpty()) {
        builder
            .trustManager(identity.clientCas().toArray(new X509Certificate[0]))
            .clientAuth(ClientAuth.OPTIONAL);
      }
      return builder.build();
    } catch (SSLException e) {
      throw new IOException(
          "tls-cert: (expected: a certificate and a key that TLS can use; " + e + ")", e);
    }
  }

  @Override
  public synchronized SslHandler tls(ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    return handler;
  }

  @Override
  public void ended(Handshake how) {
    ends.accept(how);
  }

  /** When the certificate expires. */
  public Instant expiry() {
    return identity().expiry();
  }

  /**
   * Looks whether the files say something else now; may block. While one thread looks another that
   * comes has nothing to do.
   */
  public void look() {
    if (!looking.compareAndSet(false, true)) {
      return;
    }
    try {
      readAgain();
      warnOfExpiry();
    } finally {
      looking.set(false);
    }
  }

  private void readAgain() {
    try {
      Identity now = Identity.read(files);
      if (!now.digest().equals(identity().digest())) {
        use(now, context(now, ciphers));
        LOG.info(
            "tls-cert: {}: read again; new connections get the certificate that expires at {}",
            files.certificate(),
            now.expiry());
      }
      problem = "";
    } catch (IOException e) {
      tell(String.valueOf(e.getMessage()));
    }
  }

  private synchronized Identity identity() {
    return identity;
  }

  private synchronized void use(Identity now, SslContext made) {
    // The connections that were made with it hold it for as long as they need it.
    ReferenceCountUtil.release(context);
    identity = now;
    context = made;
  }

  private void tell(String found) {
    if (!found.equals(problem)) {
      LOG.warn("{}; the certificate that was there before is used until then", found);
    }
    problem = found;
  }

  private void warnOfExpiry() {
    Instant now = clock.instant();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    Instant end = identity().expiry();
    if (now.isBefore(end.minus(WARN_BEFORE)) || today.equals(warned)) {
      return;
    }
    warned = today;
    if (now.isBefore(end)) {
      LOG.warn(
          "tls-cert: {} expires at {}, in {} days (expected: a new one in its place before that)",
          files.certificate(),
          end,
          ChronoUnit.DAYS.between(now, end));
    } else {
      LOG.warn(
          "tls-cert: {} expired at {}: clients refuse it (expected: a new one in its place)",
          files.certificate(),
          end);
    }
  }

  @Override
  public synchronized void close() {
    ReferenceCountUtil.release(context);
  }
}
