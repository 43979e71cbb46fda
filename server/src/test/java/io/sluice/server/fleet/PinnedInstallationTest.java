package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An installation is of the version that its first script named, on every server. */
class PinnedInstallationTest {
  private static final String OLD = "ab".repeat(32);
  private static final String NEW = "cd".repeat(32);

  private final Clock clock = Clock.systemUTC();
  private final MemoryStore store = new MemoryStore(true);
  private Fleet here;
  private Installations installing;

  @BeforeEach
  void setToBeInstalled() throws StoreException {
    MacAddress mac = MacAddress.parse("52:54:00:12:34:56").orElseThrow();
    store.write(List.of(new MachineStore.Edit("m", Machine.of("m", mac), MachineStore.ABSENT)));
    here = TestFleet.on(store, clock);
    installing = TestFleet.installations(here, clock);
    installing.install("m", "install", "debian.raw", Terms.STANDARD, Actor.NONE);
  }

  private Installation installation(Fleet fleet) {
    return fleet.byId("m").orElseThrow().machine().installation();
  }

  @Test
  void whatIsSettledFirstHoldsOnEveryServer() throws Exception {
    Fleet there = TestFleet.on(store, clock);
    Installation asked = installation(there);
    assertEquals("", asked.digest());
    Installation first = installing.pin("m", asked, "debian.raw", OLD).orElseThrow();
    assertEquals(OLD, first.digest());
    Installation second =
        TestFleet.installations(there, clock).pin("m", asked, "other.raw", NEW).orElseThrow();
    assertEquals(OLD, second.digest());
    assertEquals("debian.raw", second.image());
    assertEquals(OLD, installation(TestFleet.on(store, clock)).digest(), "a restart");
  }

  @Test
  void itStaysThroughEveryFurtherStepAndIsNotOfTheNextInstallation() throws Exception {
    Installation asked = installation(here);
    installing.pin("m", asked, "debian.raw", OLD);
    installing.handedOut("m", asked, "10.0.0.1");
    installing.settle();
    assertEquals(Installation.State.RUNNING, installation(here).state());
    assertEquals(OLD, installation(here).digest());
    installing.cancel("m", Actor.NONE);
    assertEquals(OLD, installation(here).digest());
    assertTrue(installing.pin("m", asked, "debian.raw", NEW).isEmpty(), "it is over");
    installing.install("m", "install", "debian.raw", Terms.STANDARD, Actor.NONE);
    assertEquals("", installation(here).digest());
    assertTrue(installing.pin("m", asked, "debian.raw", OLD).isEmpty(), "of another token");
    assertEquals("", installation(here).digest());
  }

  @Test
  void itIsWrittenAndReadWithTheMachine() throws Exception {
    installing.pin("m", installation(here), "debian.raw", OLD);
    Machine machine = here.byId("m").orElseThrow().machine();
    assertEquals(machine, MachineDocument.readStored("m", MachineDocument.write(machine, true)));
  }
}
