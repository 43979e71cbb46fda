package io.sluice.server.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.http.MacAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
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

    Server(MemoryStore store) {
      fleet = TestFleet.on(store, Clock.systemUTC());
      installations = TestFleet.installations(fleet, Clock.systemUTC());
      coverages = new Coverages(fleet, installations);
    }

    boolean deliver(String token, String etag, String digest, long from, long count) {
      coverages.begin(token, etag, digest, 100);
      return coverages.add(token, etag, from, count);
    }

    Installation.State state() throws StoreException {
      fleet.follow();
      return fleet.byId("n1").orElseThrow().machine().installation().state();
    }
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
            .install("n1", "install", "debian.raw", terms)
            .orElseThrow()
            .machine()
            .installation()
            .token();
    second.fleet.follow();
    return token;
  }

  @Test
  void twoServersThatEachDeliverAPartProveTogether() throws StoreException {
    String token = install(BYTES);
    assertFalse(first.deliver(token, "one", DIGEST, 0, 60));
    first.coverages.settle();
    assertFalse(second.deliver(token, "two", DIGEST, 50, 49));
    second.coverages.settle();
    assertEquals(Installation.State.WANTED, second.state(), "one byte is missing");
    assertTrue(second.deliver(token, "two", DIGEST, 99, 1), "it knows of the other's part");
    second.coverages.settle();
    assertEquals(Installation.State.DONE, second.state());
    assertEquals(Installation.State.DONE, first.state());
  }

  @Test
  void partsOfDifferentImagesAreNotPutTogether() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    first.coverages.settle();
    second.deliver(token, "two", "cd".repeat(32), 50, 50);
    second.coverages.settle();
    second.deliver(token, "two", "", 50, 50);
    second.coverages.settle();
    assertEquals(Installation.State.WANTED, second.state());
    first.deliver(token, "three", "cd".repeat(32), 10, 20);
    first.coverages.settle();
    assertEquals(Installation.State.WANTED, first.state(), "what was there was of another image");
  }

  @Test
  void whatWasDeliveredBeforeARestartCounts() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", "", 0, 60);
    first.coverages.settle();
    Server again = new Server(store);
    assertFalse(again.deliver(token, "one", "", 60, 40));
    again.coverages.settle();
    assertEquals(Installation.State.DONE, again.state());
  }

  @Test
  void aDigestThatIsKnownLaterIsOfEverythingThatWasDelivered() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", "", 0, 60);
    first.coverages.settle();
    first.deliver(token, "one", DIGEST, 0, 1);
    first.coverages.settle();
    second.deliver(token, "two", DIGEST, 60, 40);
    second.coverages.settle();
    assertEquals(Installation.State.DONE, second.state());
  }

  @Test
  void whatTheStoreCannotBeToldIsToldLater() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    store.away(true);
    assertThrows(StoreException.class, () -> first.coverages.settle());
    store.away(false);
    second.deliver(token, "two", DIGEST, 60, 40);
    second.coverages.settle();
    assertEquals(Installation.State.WANTED, second.state());
    first.coverages.settle();
    assertEquals(Installation.State.DONE, first.state());
  }

  @Test
  void whereAReportIsTheProofBytesProveNothing() throws StoreException {
    String token = install(REPORT);
    assertTrue(first.deliver(token, "one", DIGEST, 0, 100));
    first.coverages.settle();
    first.coverages.prove(token);
    assertEquals(Installation.State.WANTED, first.state());
  }

  @Test
  void whatIsOverIsForgotten() throws StoreException {
    String token = install(BYTES);
    first.deliver(token, "one", DIGEST, 0, 60);
    first.installations.cancel("n1");
    first.coverages.settle();
    assertFalse(first.coverages.knows(token));
  }
}
