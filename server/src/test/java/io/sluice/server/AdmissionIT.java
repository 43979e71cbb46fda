package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may stream an image, who waits for it and how, and who never waits. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class AdmissionIT extends StreamingClients {
  @Test
  void overTheLimitConnectionsAreHeldWithoutAByteAndServedInOrderOfArrival() throws Exception {
    start("max-streams=2");
    try (RawClient first = begun(HERE);
        RawClient second = begun(HERE);
        RawClient third = ask(HERE, IMAGE)) {
      awaitHeld(1);
      try (RawClient fourth = ask(HERE, IMAGE)) {
        awaitHeld(2);
        assertEquals(2, server.scrape().sum("sluice_streams"));
        assertEquals(2, server.scrape().sum("sluice_limit", "limit", "max_streams"));
        assertFalse(third.hasBytes() || fourth.hasBytes());
        finish(second);
        begun(third);
        awaitHeld(1);
        assertFalse(fourth.hasBytes());
        finish(first);
        begun(fourth);
        finish(fourth);
        finish(third);
        assertEquals(200, fourth.get("/healthz").status(), "the connection is used again");
        second.send(RawClient.request("GET", IMAGE));
        begun(second);
        finish(second);
      }
    }
    awaitStreams(0);
    awaitHeld(0);
    assertEquals(5, server.scrape().sum("sluice_admission_wait_seconds_count"));
    assertEquals(0, server.scrape().sum("sluice_admission_rejected_total"));
  }

  @Test
  void withoutLimitsNobodyWaitsAndStreamsAreCountedAllTheSame() throws Exception {
    start();
    try (RawClient first = begun(HERE);
        RawClient second = begun(HERE);
        RawClient ipxe = begun(ask(HERE, IMAGE, IPXE))) {
      awaitStreams(3);
      assertFalse(server.scrape().has("sluice_limit"));
      first.reset();
      second.reset();
      awaitStreams(1);
      finish(ipxe);
      awaitStreams(0);
    }
  }

  @Test
  void ipxeIsToldWhenToComeBackAndGetsItsPlaceOnTheSameConnection() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE);
        RawClient ipxe = server.client()) {
      retryAfter(ipxe.get(IMAGE, IPXE));
      server.awaitMetric(1, "sluice_admission_waiting", "how", "expected");
      assertEquals(1, rejected("come_back"));
      finish(running);
      awaitStreams(0);
      assertArrayEquals(bytes, ipxe.get(IMAGE, IPXE).body());
      server.awaitMetric(0, "sluice_admission_waiting");
    }
  }

  @Test
  void ipxeThatComesBackOnANewConnectionIsServedBeforeThoseWhoCameAfterIt() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE)) {
      // Little is left of it, so that its place is expected to be free within seconds.
      running.exactly(18_000_000);
      int told;
      try (RawClient ipxe = server.client()) {
        told = retryAfter(ipxe.get(IMAGE, IPXE));
      }
      try (RawClient later = ask(HERE, IMAGE)) {
        awaitHeld(1);
        server.awaitMetric(1, "sluice_admission_waiting", "how", "expected");
        Await.elapse(Duration.ofSeconds(told));
        try (RawClient again = ask(HERE, IMAGE, IPXE)) {
          awaitHeld(2);
          assertFalse(again.hasBytes() || later.hasBytes());
          running.exactly(LARGE - BEGUN - 18_000_000);
          begun(again);
          awaitHeld(1);
          assertFalse(later.hasBytes());
          finish(again);
        }
        begun(later);
        finish(later);
      }
    }
    assertEquals(1, rejected("come_back"));
  }

  @Test
  void onlyImagesFromAMebibyteOnWait() throws Exception {
    start("max-streams=1");
    byte[] asset = server.write("boot/x86_64/initrd", 3 * MIB);
    byte[] small = server.write("images/small.raw", MIB - 1);
    server.write("os/debian/amd64.img", 2 * MIB);
    try (RawClient running = begun(HERE);
        RawClient client = server.client();
        RawClient range = ask(HERE, IMAGE, "Range: bytes=5-" + (MIB + 4))) {
      awaitHeld(1);
      try (RawClient system = ask(HERE, "/os/debian/amd64")) {
        awaitHeld(2);
        assertEquals(200, client.head(IMAGE).status());
        assertEquals(200, client.head(IMAGE, IPXE).status());
        assertArrayEquals(asset, client.get("/boot/x86_64/initrd").body());
        assertArrayEquals(asset, client.get("/boot/x86_64/initrd", IPXE).body());
        assertArrayEquals(small, client.get("/images/small.raw").body());
        assertArrayEquals(
            Arrays.copyOfRange(bytes, 7, MIB + 6),
            client.get(IMAGE, "Range: bytes=7-" + (MIB + 5)).body());
        assertEquals(304, client.get(IMAGE, "If-None-Match: *").status());
        assertEquals(416, client.get(IMAGE, "Range: bytes=" + LARGE + "-").status());
        assertEquals(404, client.get("/images/none.raw").status());
        assertFalse(range.hasBytes() || system.hasBytes());
        finish(running);
        assertArrayEquals(Arrays.copyOfRange(bytes, 5, MIB + 5), range.read().body());
        assertEquals(2 * MIB, system.read().body().length);
      }
    }
  }

  @Test
  void aClientHasNoMoreStreamsThanOneClientMayAndOthersPassIt() throws Exception {
    start("max-streams-per-client=1");
    try (RawClient first = begun("127.0.0.2");
        RawClient second = ask("127.0.0.2", IMAGE + "?mac=525400123456");
        RawClient other = begun("127.0.0.3")) {
      awaitHeld(1);
      assertFalse(second.hasBytes());
      try (RawClient ipxe = RawClient.connect(server.address(), 0, "127.0.0.3")) {
        retryAfter(ipxe.get(IMAGE, IPXE));
        finish(other);
        awaitStreams(1);
        assertFalse(second.hasBytes());
        assertArrayEquals(bytes, ipxe.get(IMAGE, IPXE).body());
      }
      finish(first);
      begun(second);
      finish(second);
    }
    awaitStreams(0);
  }

  @Test
  void aQueryThatCannotBeReadKeepsNobodyFromItsImage() throws Exception {
    start("max-streams=1");
    byte[] asset = server.write("boot/x86_64/initrd", MIB);
    try (RawClient client = server.client()) {
      assertArrayEquals(bytes, client.get(IMAGE + "?mac=%zz").body());
      assertArrayEquals(asset, client.get("/boot/x86_64/initrd?mac=%").body());
    }
  }
}
