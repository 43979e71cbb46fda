package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import io.sluice.server.store.StoreBackup;
import io.sluice.server.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store is restored under a server that goes on. */
class StoreWentBackTest {
  @TempDir private Path folder;
  private MachineStore store;
  private Fleet fleet;
  private Installations installations;
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    store = Stores.open("jdbc:sqlite:" + folder.resolve("sluice.db"));
    fleet = TestFleet.on(store, Clock.systemUTC());
    installations = TestFleet.installations(fleet, Clock.systemUTC());
    put("m", 1);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void put(String id, int mac) throws StoreException {
    MacAddress address = MacAddress.parse(String.format("5254%08x", mac)).orElseThrow();
    fleet.write(List.of(new MachineStore.Edit(id, Machine.of(id, address), MachineStore.ABSENT)));
    fleet.look();
  }

  private void backUp() throws IOException {
    StoreBackup.write(
        "jdbc:sqlite:" + folder.resolve("sluice.db"), folder.resolve("backup.db"), Map.of());
  }

  private void restore() throws IOException {
    Files.move(
        folder.resolve("backup.db"),
        folder.resolve("sluice.db"),
        StandardCopyOption.REPLACE_EXISTING);
    fleet.look();
  }

  private Installation installation() {
    return fleet.byId("m").orElseThrow().machine().installation();
  }

  private void install() throws StoreException {
    installations.install("m", "install", "", Terms.STANDARD, Actor.NONE);
    fleet.look();
  }

  @Test
  void whatWasWrittenSinceIsForgottenAndOthersAreTold() throws IOException {
    backUp();
    put("lost", 2);
    fleet.listen(change -> told.add(change.id() + " " + (change.machine() != null)));
    restore();
    assertTrue(fleet.byId("lost").isEmpty());
    assertEquals(1, fleet.size());
    assertEquals(List.of("lost false"), told);
    put("new", 2);
    assertEquals(
        2,
        store
            .newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING)
            .changes()
            .size());
  }

  @Test
  void whatThisServerWroteLastIsLookedForToo() throws IOException {
    backUp();
    MacAddress address = MacAddress.parse("525400000002").orElseThrow();
    fleet.write(
        List.of(new MachineStore.Edit("lost", Machine.of("lost", address), MachineStore.ABSENT)));
    restore();
    assertTrue(fleet.byId("lost").isEmpty());
  }

  @Test
  void anInstallationThatIsOverDoesNotBeginAgain() throws IOException {
    install();
    String token = installation().token();
    backUp();
    assertEquals(Installations.EndState.ENDED, installations.prove(token, "said so"));
    fleet.look();
    restore();
    assertEquals(Installation.State.DONE, installation().state());
    assertTrue(fleet.isCurrent());
    Machine stored =
        store
            .newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING)
            .changes()
            .get(0)
            .machine();
    assertEquals(installation(), stored.installation(), "it is written again");
  }

  @Test
  void anInstallationThatIsOverDoesNotBeginAgainWhenTheStoreWasEmptyBetween() throws IOException {
    Path backup = folder.resolve("backup.db");
    StoreBackup.write(
        "jdbc:sqlite:" + folder.resolve("sluice.db"), folder.resolve("no.db"), Map.of());
    fleet.write(List.of(new MachineStore.Edit("m", null, MachineStore.ANY)));
    fleet.look();
    backUp();
    Path empty = Files.move(backup, folder.resolve("empty.db"));
    Files.move(folder.resolve("no.db"), backup);
    restore();
    install();
    String token = installation().token();
    backUp();
    Path full = Files.move(backup, folder.resolve("full.db"));
    assertEquals(Installations.EndState.ENDED, installations.prove(token, "said so"));
    fleet.look();
    Files.move(empty, backup);
    restore();
    assertEquals(0, fleet.size());
    Files.move(full, backup);
    restore();
    assertEquals(Installation.State.DONE, installation().state());
  }

  @Test
  void anInstallationThatIsOverDoesNotBeginAgainWhenAnOlderStoreWasThereBetween()
      throws IOException {
    backUp();
    Path older = Files.move(folder.resolve("backup.db"), folder.resolve("older.db"));
    install();
    backUp();
    Path open = Files.move(folder.resolve("backup.db"), folder.resolve("open.db"));
    installations.cancel("m", Actor.NONE);
    fleet.look();
    for (Path each : List.of(older, open)) {
      Files.move(each, folder.resolve("backup.db"));
      restore();
    }
    assertEquals(Installation.State.CANCELLED, installation().state());
  }

  @Test
  void anInstallationBeforeTheLastDoesNotBeginAgain() throws IOException {
    install();
    String token = installation().token();
    backUp();
    installations.prove(token, "said so");
    install();
    restore();
    assertTrue(installation().isNamedBy(token));
    assertFalse(installation().isOpen());
  }

  @Test
  void anInstallationOfAMachineThatWasDeletedDoesNotBeginAgain() throws IOException {
    install();
    backUp();
    fleet.write(List.of(new MachineStore.Edit("m", null, MachineStore.ANY)));
    fleet.look();
    restore();
    assertEquals(Installation.State.CANCELLED, installation().state());
  }

  @Test
  void anInstallationThatIsOpenStaysOpen() throws IOException {
    install();
    String token = installation().token();
    backUp();
    put("lost", 2);
    restore();
    assertTrue(installation().isOpen());
    assertTrue(installation().isNamedBy(token));
    assertEquals(
        Installations.EndState.ENDED, installations.prove(token, "said so"), "and can be proved");
  }
}
