package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many scripts an installation hands out that has a bound. */
class AttemptsTest {
  private static final int AT_ONCE = 16;

  private final MemoryStore store = new MemoryStore(true);
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
  private Fleet first;
  private Fleet second;

  @BeforeEach
  void start() throws StoreException {
    Machine machine = Machine.of("n1", MacAddress.parse("525400000001").orElseThrow());
    store.write(List.of(new MachineStore.Edit("n1", machine, MachineStore.ABSENT)));
    first = TestFleet.on(store, Clock.systemUTC());
    second = TestFleet.on(store, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private Installation install(int attempts, boolean sameAddress) throws StoreException {
    Terms terms = new Terms(Terms.Proof.REPORT, Duration.ZERO, attempts, sameAddress);
    Installation installation =
        installations(first)
            .install("n1", "install", "debian.raw", terms, Actor.NONE)
            .orElseThrow()
            .machine()
            .installation();
    second.look();
    return installation;
  }

  private static Installations installations(Fleet fleet) {
    return TestFleet.installations(fleet, Clock.systemUTC());
  }

  /** Asks on two servers at once, and says how many got the script. */
  private int granted(Installation installation, int times) throws Exception {
    CountDownLatch begin = new CountDownLatch(1);
    List<Future<Installations.Grant>> asked = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      Installations server = installations(i % 2 == 0 ? first : second);
      String address = "10.0.0." + i;
      asked.add(
          threads.submit(
              () -> {
                begin.await();
                return server.reserve("n1", installation, address);
              }));
    }
    begin.countDown();
    int granted = 0;
    for (Future<Installations.Grant> each : asked) {
      granted += each.get() == Installations.Grant.GRANTED ? 1 : 0;
    }
    return granted;
  }

  private Installation now() throws StoreException {
    first.look();
    return first.byId("n1").orElseThrow().machine().installation();
  }

  @Test
  void noMoreScriptsGoOutThanTheTermsAllowHoweverManyAskAtOnce() throws Exception {
    assertEquals(3, granted(install(3, false), AT_ONCE));
    assertEquals(3, now().handedOut());
  }

  @Test
  void oneAddressOnlyGetsScriptsHoweverManyAskAtOnce() throws Exception {
    assertEquals(1, granted(install(0, true), AT_ONCE));
  }

  @Test
  void aServerThatWasKilledHasCountedWhatItHandedOut() throws Exception {
    Installation installation = install(2, false);
    assertEquals(1, granted(installation, 1));
    // Nothing is settled: what a killed server has in memory is lost.
    first = TestFleet.on(store, Clock.systemUTC());
    second = TestFleet.on(store, Clock.systemUTC());
    assertEquals(1, granted(installation, AT_ONCE));
  }

  @Test
  void theLastScriptMayStillProve() throws Exception {
    Installation installation = install(1, false);
    assertEquals(1, granted(installation, 1));
    installations(first).settle();
    assertTrue(now().isOpen());
    assertEquals(
        Installations.EndState.ENDED, installations(second).prove(installation.token(), "said so"));
    assertEquals(Installation.State.DONE, now().state());
  }
}
