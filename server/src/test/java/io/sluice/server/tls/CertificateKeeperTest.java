package io.sluice.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateKeeperTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DAYS = 90;

  @TempDir Path folder;
  private final HandClock clock = new HandClock();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private PrintStream err = System.err;
  private TestPki pki;
  private CertificateKeeper keeper;

  private static final class HandClock extends Clock {
    private Instant now = Instant.now();

    /** Noon of the day that is so many before that of an event. */
    void noon(int days, Instant event) {
      now =
          event
              .truncatedTo(ChronoUnit.DAYS)
              .plus(Duration.ofHours(12))
              .minus(Duration.ofDays(days));
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** A log that nobody reads: who writes a line waits until somebody does. */
  private static final class StuckReader extends OutputStream {
    private final CountDownLatch written = new CountDownLatch(1);
    private final CountDownLatch read = new CountDownLatch(1);

    @Override
    public void write(int one) throws IOException {
      written.countDown();
      try {
        read.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  @BeforeEach
  void open() throws Exception {
    err = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    pki = new TestPki(folder);
    pki.issue("server", DAYS);
    keeper =
        CertificateKeeper.open(
            new TlsFiles(pki.certificate("server"), pki.key("server"), Optional.empty()),
            false,
            clock,
            Duration.ofSeconds(10),
            how -> {});
  }

  @AfterEach
  void close() {
    System.setErr(err);
    keeper.close();
  }

  private long lines(String part) {
    return log.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains(part)).count();
  }

  @Test
  void fromThirtyDaysBeforeTheEndTheLogSaysSoOnceADay() {
    Instant end = keeper.expiry();
    clock.noon(32, end);
    keeper.look();
    assertEquals(0, lines("expires at"));
    for (int days = 29; days >= 26; days--) {
      clock.noon(days, end);
      keeper.look();
      keeper.look();
    }
    assertEquals(4, lines("expires at"));
    clock.noon(-2, end);
    keeper.look();
    assertEquals(1, lines("expired at"));
  }

  @Test
  void whatCannotBeUsedChangesNothingAndIsToldOnce() throws Exception {
    Instant before = keeper.expiry();
    Files.setPosixFilePermissions(pki.key("server"), PosixFilePermissions.fromString("rw-r-----"));
    keeper.look();
    keeper.look();
    assertEquals(1, lines("chmod 600"));
    assertEquals(before, keeper.expiry());
    pki.issue("next", 3 * DAYS);
    pki.copy("next", pki.certificate("server"), pki.key("server"));
    keeper.look();
    assertEquals(1, lines("read again"));
    assertTrue(keeper.expiry().isAfter(before.plus(Duration.ofDays(DAYS))));
  }

  @Test
  void connectionsDoNotWaitForTheReaderOfTheLogNorDoesAnotherLook() throws Exception {
    StuckReader reader = new StuckReader();
    System.setErr(new PrintStream(reader, true, StandardCharsets.UTF_8));
    Files.setPosixFilePermissions(pki.key("server"), PosixFilePermissions.fromString("rw-r-----"));
    Thread looks = new Thread(keeper::look, "looks");
    looks.start();
    try {
      assertTrue(reader.written.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      assertTimeoutPreemptively(
          PATIENCE,
          () -> {
            SslHandler handler = keeper.tls(UnpooledByteBufAllocator.DEFAULT);
            ReferenceCountUtil.release(handler.engine());
            keeper.expiry();
            keeper.look();
          });
    } finally {
      reader.read.countDown();
      looks.join();
    }
  }
}
