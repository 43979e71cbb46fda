package io.sluice.server;

import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.UnusableSettingException;
import io.sluice.server.http.connection.TlsHandlers;
import io.sluice.server.os.Niceness;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.telemetry.Instruments;
import io.sluice.server.telemetry.TlsInstruments;
import io.sluice.server.tls.CertificateKeeper;
import io.sluice.server.tls.TlsFiles;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What the ports with TLS have in common: the certificate, and loops of their own for the image
 * port, where handshakes are made. One takes as long as some ten scripts, so on the control loops
 * clients without TLS would wait for those with it.
 */
final class Tls {
  /** A client that answers takes less, also by way of a satellite. */
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

  /** How often the files are looked at. */
  private static final long LOOK_SECONDS = 5;

  private final CertificateKeeper certificate;
  private final ImageLoops loops;

  private Tls(CertificateKeeper certificate, ImageLoops loops) {
    this.certificate = certificate;
    this.loops = loops;
  }

  /**
   * Reads the certificate.
   *
   * @return empty when no port is to speak TLS
   * @throws UnusableSettingException when the certificate cannot be used
   */
  static Optional<Tls> open(
      ServerConfig config, Transport transport, Instruments instruments, Lifetime life)
      throws UnusableSettingException {
    if (config.tls().isEmpty()) {
      return Optional.empty();
    }
    ServerConfig.Tls chosen = config.tls().get();
    TlsInstruments shown = instruments.tls();
    Duration limit = config.timeouts().request();
    try {
      CertificateKeeper certificate =
          life.push(
              CertificateKeeper.open(
                  new TlsFiles(chosen.certificate(), chosen.key(), chosen.clientCa()),
                  chosen.ciphers() == ServerConfig.Ciphers.FIRMWARE,
                  Clock.systemUTC(),
                  limit.compareTo(HANDSHAKE_TIMEOUT) < 0 ? limit : HANDSHAKE_TIMEOUT,
                  shown::ended));
      shown.watch(certificate::expiry);
      ImageLoops loops = new ImageLoops("tls", config.controlLoops(), transport, Niceness::prompt);
      return Optional.of(new Tls(certificate, loops));
    } catch (IOException e) {
      throw new UnusableSettingException(e);
    }
  }

  TlsHandlers handlers() {
    return certificate;
  }

  /** Where connections with TLS are answered. */
  ImageLoops loops() {
    return loops;
  }

  /** Looks whether there is another certificate, now and every few seconds. */
  void watch(ScheduledExecutorService clock, Executor files) {
    clock.scheduleAtFixedRate(
        () -> {
          try {
            files.execute(certificate::look);
          } catch (RejectedExecutionException busy) {
            // The next time will do.
          }
        },
        LOOK_SECONDS,
        LOOK_SECONDS,
        TimeUnit.SECONDS);
  }

  /** Looks now; may block. */
  void look() {
    certificate.look();
  }
}
