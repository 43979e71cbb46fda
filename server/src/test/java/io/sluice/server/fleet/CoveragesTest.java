package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.Evidence;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import io.sluice.server.net.Selection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoveragesTest {
  private static final Terms BYTES = new Terms(Terms.Proof.BYTES, Duration.ZERO, 0, false);
  private static final Terms REPORT = new Terms(Terms.Proof.REPORT, Duration.ZERO, 0, false);
  private static final String DIGEST = "ab".repeat(32);

  private final MemoryStore store = new MemoryStore(true);
  private Server first;
  private Server second;

  /** A server: what it knows of machines, and what it has delivered. */
  private static final class Server {
    private final Fleet fleet;
    private final Installations installations;
    private final Coverages coverages;
    private final AtomicLong nanos = new AtomicLong();

    Server(MemoryStore store) {
      fleet = TestFleet.on(store, Clock.systemUTC());
      installations = TestFleet.installations(fleet, Clock.systemUTC());
      coverages = new Coverages(fleet, installations, nanos::get);
    }

    /** Tells the store, however short a while ago it was told. */
    void settle() throws StoreException {
      nanos.addAndGet(1_000_000_000);
      coverages.settle();
    }

    boolean deliver(String token, String etag, String digest, long from, long count) {
      Selection part = part(from, count);
      coverages.begin(token, etag, digest, part);
      return coverages.end(token, etag, part, count) != Coverages.Progress.PARTIAL;
    }

    Installation.State state() throws StoreException {
      fleet.look();
      return fleet.byId("n1").orElseThrow().machine().installation().state();
    }
  }

  private static Selection part(long from, long count) {
    return new Selection(100, List.of(new Selection.Span(0, from, count)));
  }

  @BeforeEach
  void start() throws StoreException {
    Machine machine = Machine.of("n1", MacAddress.parse("525400000001").orElseThrow());
    store.write(List.of(new MachineStore.Edit("n1", machine, MachineStore.ABSENT)));
    first = new Server(store);
    second = new Server(store);
  }

  private String install(Terms terms) throws StoreException {
    String token =
        first
            .installations
            .install("n1", "install", "debian.raw", terms, Actor.NONE)
            .orElseThrow()
            .machine()
            .installation()
            .token();
    second.fleet.look();
    return token;
  }

  @Test
  void twoServersThatEachDeliverAPartProveTogether() throws StoreException {
    String token = install(BYTES);
    assertFalse(first.deliver(token, "one", DIGEST, 0, 60));
    first.settle();
    assertFalse(second.deliver(token, "two", DIGEST, 50, 49));
    second.settle();
    assertEquals(Installation.State.WANTED, second.state(), "one byte is missing");
    assertTrue(second.deliver(token, "two", DIGEST, 99, 1), "it knows of the other's part");
    second.settle();
    assertEquals(Installation.State.DONE, second.state());
    assertEquals(Installation.State.DONE, first.state());
  }

  @Test
  void partsOfDifferentImagesAreNotPutTogether() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    first.settle();
    second.deliver(token, "two", "cd".repeat(32), 50, 50);
    second.settle();
    second.deliver(token, "two", "", 50, 50);
    second.settle();
    assertEquals(Installation.State.WANTED, second.state());
    first.deliver(token, "three", "cd".repeat(32), 10, 20);
    first.settle();
    assertEquals(Installation.State.WANTED, first.state(), "what was there was of another image");
  }

  @Test
  void whatWasDeliveredBeforeARestartCounts() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", "", 0, 60);
    first.settle();
    Server again = new Server(store);
    assertFalse(again.deliver(token, "one", "", 60, 40));
    again.settle();
    assertEquals(Installation.State.DONE, again.state());
  }

  @Test
  void aDigestThatIsKnownLaterIsOfEverythingThatWasDelivered() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", "", 0, 60);
    first.settle();
    first.deliver(token, "one", DIGEST, 0, 1);
    first.settle();
    second.deliver(token, "two", DIGEST, 60, 40);
    second.settle();
    assertEquals(Installation.State.DONE, second.state());
  }

  @Test
  void whatTheStoreCannotBeToldIsToldLater() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    store.away(true);
    assertThrows(StoreException.class, () -> first.settle());
    store.away(false);
    second.deliver(token, "two", DIGEST, 60, 40);
    second.settle();
    assertEquals(Installation.State.WANTED, second.state());
    first.settle();
    assertEquals(Installation.State.DONE, first.state());
  }

  @Test
  void whereAReportIsTheProofBytesProveNothing() throws StoreException {
    String token = install(REPORT);
    assertTrue(first.deliver(token, "one", DIGEST, 0, 100));
    first.settle();
    first.coverages.prove(token);
    assertEquals(Installation.State.WANTED, first.state());
  }

  @Test
  void whatAKilledServerWasSendingCountsAsFarAsTheMachineGoesOn() throws StoreException {
    String token = install(BYTES);
    first.coverages.begin(token, "one", "", part(0, 100));
    first.settle();
    Server again = new Server(store);
    again.coverages.begin(token, "one", "", part(60, 40));
    again.settle();
    assertEquals(new Evidence(60, 100, false), again.coverages.evidence(token));
    assertEquals(Coverages.Progress.PARTIAL, again.coverages.end(token, "one", part(60, 40), 39));
    again.settle();
    assertEquals(Installation.State.WANTED, again.state(), "one byte is missing");
    again.deliver(token, "one", "", 99, 1);
    again.settle();
    assertEquals(Installation.State.DONE, again.state());
  }

  @Test
  void whatThisServerIsSendingCountsWhenItHasLeft() throws StoreException {
    String token = install(REPORT);
    first.coverages.begin(token, "one", "", part(0, 100));
    first.settle();
    first.deliver(token, "one", "", 60, 40);
    assertEquals(new Evidence(40, 100, false), first.coverages.evidence(token));
    first.coverages.end(token, "one", part(0, 100), 60);
    assertEquals(new Evidence(100, 100, true), first.coverages.evidence(token));
  }

  @Test
  void aWholeCopyIsADeliveryAsTheImageIs() throws StoreException {
    String token = install(REPORT);
    first.deliver(token, "image", DIGEST, 0, 60);
    Selection copy = Selection.whole(10);
    first.coverages.begin(token, "copy", "", copy);
    first.coverages.end(token, "copy", copy, 10);
    assertEquals(new Evidence(10, 10, true), first.coverages.evidence(token));
    assertTrue(second.coverages.evidence(token).whole(), "on every server");
  }

  @Test
  void aClientOfManySmallRangesIsNotWrittenWithEachOfThem() throws StoreException {
    String token = install(REPORT);
    for (int i = 0; i < 40; i++) {
      first.deliver(token, "one", "", 2L * i, 1);
    }
    first.coverages.settle();
    first.deliver(token, "one", "", 81, 1);
    first.coverages.settle();
    assertEquals(40, store.covered(token).get(0).delivered(), "not yet");
    first.settle();
    assertEquals(41, store.covered(token).get(0).delivered());
  }

  @Test
  void whatIsOverIsForgotten() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    first.installations.cancel("n1", Actor.NONE);
    first.settle();
    assertEquals(0, first.coverages.delivered(token, "one"));
  }
}
