package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Runs where Debian's PostgreSQL is installed. */
@EnabledIf("io.sluice.server.store.PostgresServer#isInstalled")
class PostgresStoreIT extends StoreSuite {
  @TempDir private static Path folder;
  private static PostgresServer server;
  private String url;

  @BeforeAll
  static void startServer() throws Exception {
    server = PostgresServer.start(folder);
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @Override
  @BeforeEach
  void openIt() throws IOException {
    url = server.newDatabase();
    super.openIt();
  }

  @Override
  MachineStore open() throws IOException {
    return Stores.open(url);
  }

  @Test
  void aChangeIsHeardOfByOthers() throws Exception {
    try (MachineStore here = open();
        MachineStore there = open()) {
      long patience = Duration.ofSeconds(10).toMillis();
      there.awaitChange(0);
      assertEquals(
          List.of(),
          there.newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING).changes());
      Machine machine = Machine.of("a", MacAddress.parse("525400000001").orElseThrow());
      Thread writer =
          new Thread(
              () -> {
                try {
                  here.write(List.of(new MachineStore.Edit("a", machine, MachineStore.ABSENT)));
                } catch (StoreException e) {
                  throw new IllegalStateException(e);
                }
              });
      writer.start();
      long begun = System.nanoTime();
      there.awaitChange(patience);
      assertTrue(
          System.nanoTime() - begun < Duration.ofMillis(patience).toNanos(), "nothing was heard");
      assertEquals(
          "a",
          there
              .newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING)
              .changes()
              .get(0)
              .id());
      writer.join();
    }
  }

  @Test
  void aServerThatIsAwayIsSaidToBeAndComesBack() throws Exception {
    try (MachineStore store = open()) {
      store.newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING).changes();
      server.stop();
      assertThrows(
          StoreException.class,
          () ->
              store
                  .newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING)
                  .changes());
      assertThrows(StoreException.class, () -> store.awaitChange(1));
      server.startAgain();
      assertEquals(
          List.of(),
          store.newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING).changes());
      store.awaitChange(1);
    }
  }
}
