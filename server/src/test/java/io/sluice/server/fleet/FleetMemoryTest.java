package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Lock;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.PackedMachine;
import io.sluice.server.machines.PackedMachinePropertyTest;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FleetMemoryTest {
  private static final int ROOM = 100_000;

  private final MemoryStore store = new MemoryStore(false);
  private Fleet fleet = Fleet.empty(Clock.systemUTC());

  @BeforeEach
  void open() throws StoreException {
    fleet = fleet(ROOM);
  }

  private Fleet fleet(long room) throws StoreException {
    Freshness freshness = new Freshness(false, System::nanoTime);
    Fleet made = new Fleet(store, new Journal(Clock.systemUTC()), freshness, new FleetMemory(room));
    made.look();
    return made;
  }

  private void put(int number) throws StoreException {
    put("node-" + number, PackedMachinePropertyTest.realistic(number));
  }

  private void put(String id, @Nullable Machine machine) throws StoreException {
    MachineStore.Result result =
        fleet.write(List.of(new MachineStore.Edit(id, machine, MachineStore.ANY)));
    assertTrue(result instanceof MachineStore.Result.Written, result.toString());
  }

  private int fill() throws StoreException {
    for (int i = 0; ; i++) {
      try {
        put(i);
      } catch (StoreException e) {
        assertTrue(e.isFull(), e.toString());
        assertTrue(String.valueOf(e.getMessage()).contains("SLUICE_JAVA_OPTS"), e.toString());
        return i;
      }
    }
  }

  @Test
  void noMoreMachinesAreAddedThanThereIsRoomForAndThoseThatAreThereGoOn() throws StoreException {
    int count = fill();
    assertTrue(count > 50 && count < 100, count + " machines");
    assertTrue(fleet.inventory().bytes() <= ROOM);
    assertTrue(fleet.byId("node-" + count).isEmpty());
    Machine first = fleet.byId("node-0").orElseThrow().machine();
    assertThrows(StoreException.class, () -> put("node-0", larger(first)));
    assertEquals(first, fleet.byId("node-0").orElseThrow().machine());
    put("node-0", first);
    Installation next =
        Installation.request(
            "t".repeat(32), "install", "", Terms.STANDARD, Clock.systemUTC().instant());
    for (int i = 0; i < count; i++) {
      fleet.update("node-" + i, machine -> machine.with(next));
    }
    put("node-1", null);
    put("node-2", null);
    assertTrue(fleet.byId("node-0").orElseThrow().machine().installation().isOpen());
  }

  private static Machine larger(Machine machine) {
    return new Machine(
        machine.id(),
        machine.macs(),
        machine.uuid(),
        machine.serial(),
        machine.hostname(),
        machine.arch(),
        machine.tags(),
        Map.of("large", "x".repeat(10_000)),
        machine.secrets(),
        machine.profile(),
        machine.image(),
        List.of(),
        "",
        machine.installation(),
        Lock.NONE);
  }

  @Test
  void anImportThatDoesNotFitIsRefusedWhole() {
    List<MachineStore.Edit> edits = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      edits.add(
          new MachineStore.Edit(
              "node-" + i, PackedMachinePropertyTest.realistic(i), MachineStore.ABSENT));
    }
    assertThrows(StoreException.class, () -> fleet.write(edits));
    assertEquals(0, fleet.inventory().size());
  }

  @Test
  void whatIsTakenIsGivenBack() throws StoreException {
    int count = fill();
    UnaryOperator<Machine> away = machine -> machine.with(Installation.NONE);
    for (int i = 0; i < count; i++) {
      fleet.update("node-" + i, away);
    }
    for (int i = 0; i < count; i++) {
      put("node-" + i, null);
    }
    assertTrue(fleet.inventory().bytes() < 150L * count, fleet.inventory().bytes() + " bytes");
    for (int i = 0; i < count / 2; i++) {
      put(i);
    }
    assertEquals(count / 2, fleet.inventory().size());
  }

  @Test
  void aStoreWithMoreThanThereIsRoomForIsRefusedBeforeMemoryIsFull() throws StoreException {
    fill();
    StoreException refused = assertThrows(StoreException.class, () -> fleet(ROOM / 2));
    assertTrue(refused.isFull());
    fleet(ROOM * 2L);
  }

  @Test
  void aMachineTakesAboutAKilobyteWithAllThatFindsIt() {
    long bytes = 0;
    for (int i = 0; i < 1000; i++) {
      Machine machine = PackedMachinePropertyTest.realistic(i);
      bytes += FleetMemory.of(machine, PackedMachine.of(machine));
    }
    assertTrue(bytes / 1000 < 1500, bytes / 1000 + " bytes");
    assertTrue(FleetMemory.ofHeap(240L << 20).limit() * 0.9 > 100 * bytes, "100,000 in 256 MiB");
  }
}
