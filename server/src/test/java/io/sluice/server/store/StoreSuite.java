package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.InFlightRange;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Lock;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.MachineStore.Change;
import io.sluice.server.machines.MachineStore.Edit;
import io.sluice.server.machines.MachineStore.Result;
import io.sluice.server.machines.Terms;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds of every store, whatever the database. */
abstract class StoreSuite {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123Z");

  private MachineStore store;

  /** Opens the store of this test; opened again, it holds what it held. */
  abstract MachineStore open() throws IOException;

  @BeforeEach
  void openIt() throws IOException {
    store = open();
  }

  @AfterEach
  void closeIt() {
    store.close();
  }

  private static MacAddress mac(int number) {
    return MacAddress.parse(String.format("5254%08x", number)).orElseThrow();
  }

  private static Machine machine(String id, int mac) {
    return Machine.of(id, mac(mac));
  }

  static Edit put(Machine machine, long expected) {
    return new Edit(machine.id(), machine, expected);
  }

  private List<Change> changesAfter(long revision) throws IOException {
    return store
        .newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING)
        .changes()
        .stream()
        .filter(change -> change.revision() > revision)
        .toList();
  }

  private static List<Change> written(Result result) {
    return assertInstanceOf(Result.Written.class, result).changes();
  }

  @Test
  void aMachineComesBackAsItWasWritten() throws IOException {
    Installation installation =
        Installation.request(
                "token",
                "install",
                "debian.raw",
                new Terms(Terms.Proof.BYTES, Duration.ofMinutes(90), 3, true),
                NOW)
            .handedOutTo("10.0.0.1", NOW.plusSeconds(5), 2)
            .ended(Installation.State.FAILED, "said so: “no disk”", NOW.plusSeconds(60));
    Machine machine =
        new Machine(
            "rack4-u17",
            List.of(mac(1), mac(2)),
            "b8945908-d6a6-41a9-611d-74a6ab80b83d",
            "S/N 42 ü",
            "node17.example.org",
            "aarch64",
            List.of("gpu", "rack:4"),
            Map.of("args", "console=ttyS0 \"quoted\"\n2nd line", "kernel", "linux"),
            Map.of("password", "hunter2"),
            "gpu",
            "debian.raw",
            List.of(),
            "",
            installation,
            Lock.NONE);
    List<Change> changes = written(store.write(List.of(put(machine, MachineStore.ABSENT))));
    assertEquals(machine, changes.get(0).machine());
    store.close();
    store = open();
    assertEquals(changes, changesAfter(0));
    assertEquals(List.of(), changesAfter(changes.get(0).revision()));
  }

  @Test
  void whatWasDeliveredIsPutTogether() throws IOException {
    Coverage first = new Coverage(100);
    first.add(0, 40);
    Coverage second = new Coverage(100);
    second.add(30, 60);
    assertEquals("0-40", cover("token", "image", first));
    assertEquals("0-90", cover("token", "image", second));
    assertEquals("30-90", cover("token", "other", second));
    assertEquals("30-90", cover("next", "image", second));
    store.close();
    store = open();
    assertEquals("0-90", cover("token", "image", new Coverage(100)));
    List<Coverage> all = store.covered("token");
    assertEquals(List.of(100L, 100L), all.stream().map(Coverage::total).toList());
    assertEquals(List.of("0-90", "30-90"), all.stream().map(Coverage::text).sorted().toList());
    assertEquals(List.of(), store.covered("nobody"));
  }

  private String cover(String token, String image, Coverage delivered) throws IOException {
    Delivery delivery = new Delivery(token, List.of(image), "a", delivered, List.of(), Set.of());
    return store.cover(List.of(delivery)).get(0).text();
  }

  @Test
  void whatAKilledServerWasSendingCountsAsFarAsTheMachineGoesOn() throws IOException {
    Coverage none = new Coverage(100);
    InFlightRange sending = new InFlightRange("killed", 20, 100);
    List<String> names = List.of("tag", "digest");
    store.cover(
        List.of(new Delivery("token", names, "killed", none, List.of(sending), Set.of(20L))));
    store.close();
    store = open();
    Delivery next = new Delivery("token", List.of("digest"), "b", none, List.of(), Set.of(60L));
    assertEquals("20-60", store.cover(List.of(next)).get(0).text());
    Delivery beyond = new Delivery("token", names, "b", none, List.of(), Set.of(100L, 20L, 5L));
    assertEquals("20-60", store.cover(List.of(beyond)).get(0).text());
  }

  @Test
  void aStaleEditChangesNothing() throws IOException {
    long first =
        written(store.write(List.of(put(machine("a", 1), MachineStore.ABSENT)))).get(0).revision();
    long second = written(store.write(List.of(put(machine("a", 2), first)))).get(0).revision();
    assertTrue(second > first);
    for (long stale : new long[] {first, MachineStore.ABSENT, second + 1}) {
      Result result =
          store.write(List.of(put(machine("b", 7), MachineStore.ANY), put(machine("a", 3), stale)));
      assertEquals(new Result.Stale("a", second), result);
    }
    assertEquals(new Result.Stale("c", 0), store.write(List.of(put(machine("c", 3), 5))));
    assertEquals(1, changesAfter(0).size());
    assertEquals(machine("a", 2), changesAfter(0).get(0).machine());
  }

  @Test
  void newsAreWhatIsNotKnownYet() throws IOException {
    MachineStore.News first =
        store.newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING);
    assertTrue(first.complete());
    Change put =
        written(store.write(List.of(put(machine("a", 1), MachineStore.ABSENT)), first.upTo()))
            .get(0);
    MachineStore.News second = store.newsSince(first.upTo(), first.upTo());
    assertEquals(new MachineStore.News(false, List.of(put), List.of(), second.upTo()), second);
    assertEquals(
        new MachineStore.News(false, List.of(), List.of(), second.upTo()),
        store.newsSince(second.upTo(), second.upTo()));
  }

  @Test
  void aStoreThatHasNotWhatIsKnownTellsEverythingAndTakesNoEdit() throws IOException {
    Change put = written(store.write(List.of(put(machine("a", 1), MachineStore.ABSENT)))).get(0);
    MachineStore.Position now =
        store.newsSince(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING).upTo();
    for (MachineStore.Position lost :
        List.of(
            new MachineStore.Position(now.revision(), "another write"),
            new MachineStore.Position(now.revision() + 1, now.mark()))) {
      assertEquals(
          new MachineStore.News(true, List.of(put), List.of(), now), store.newsSince(lost, lost));
      assertEquals(new Result.Stale("a", 0), store.write(List.of(put(machine("a", 2), 1)), lost));
    }
    assertEquals(List.of(put), changesAfter(0));
  }

  @Test
  void whatIsGoneIsTold() throws IOException {
    long put =
        written(store.write(List.of(put(machine("a", 1), MachineStore.ABSENT)))).get(0).revision();
    Change gone = written(store.write(List.of(new Edit("a", null, put)))).get(0);
    assertNull(gone.machine());
    assertEquals(List.of(gone), changesAfter(put));
    assertEquals(new Result.Stale("a", 0), store.write(List.of(new Edit("a", null, put))));
    assertEquals(
        1, written(store.write(List.of(put(machine("b", 1), MachineStore.ABSENT)))).size());
    assertEquals(
        1, written(store.write(List.of(put(machine("a", 2), MachineStore.ABSENT)))).size());
  }

  @Test
  void noTwoMachinesHaveTheSameName() throws IOException {
    Machine first =
        new Machine(
            "a",
            List.of(mac(1)),
            "b8945908-d6a6-41a9-611d-74a6ab80b83d",
            "S1",
            "",
            "",
            List.of(),
            Map.of(),
            Map.of(),
            "",
            "",
            List.of(),
            "",
            Installation.NONE,
            Lock.NONE);
    written(store.write(List.of(put(first, MachineStore.ABSENT))));
    assertEquals(
        new Result.Taken("b", "mac " + mac(1).colons(), "a"),
        store.write(List.of(put(machine("b", 1), MachineStore.ANY))));
    Machine sameSerial =
        new Machine(
            "b",
            List.of(),
            "",
            "S1",
            "",
            "",
            List.of(),
            Map.of(),
            Map.of(),
            "",
            "",
            List.of(),
            "",
            Installation.NONE,
            Lock.NONE);
    assertEquals(
        new Result.Taken("b", "serial s1", "a"),
        store.write(List.of(put(sameSerial, MachineStore.ANY))));
    assertEquals(
        new Result.Taken("b", "serial s1", "a"),
        store.write(List.of(put(withNames("b", "", " s1 "), MachineStore.ANY))));
    assertEquals(1, changesAfter(0).size());
  }

  static Machine withNames(String id, String uuid, String serial) {
    return new Machine(
        id,
        List.of(),
        uuid,
        serial,
        "",
        "",
        List.of(),
        Map.of(),
        Map.of(),
        "",
        "",
        List.of(),
        "",
        Installation.NONE,
        Lock.NONE);
  }

  @Test
  void recordsOfAnOlderServerWithNamesOfNobodyAreLoadedAndClashWithNone() throws IOException {
    String vendor = "03000200-0400-0500-0006-000700080009";
    written(
        store.write(
            List.of(
                put(withNames("a", vendor, "Default string"), MachineStore.ANY),
                put(withNames("b", vendor, "Default string"), MachineStore.ANY))));
    assertEquals(vendor, changesAfter(0).get(1).machine().uuid());
  }

  @Test
  void aSerialNumberIsNotDoubledByAWriteOfBoth() throws IOException {
    written(store.write(List.of(put(withNames("b", "", "S1"), MachineStore.ANY))));
    assertEquals(
        new Result.Taken("b", "serial s1", "a"),
        store.write(
            List.of(
                put(withNames("a", "", "s1"), MachineStore.ANY),
                put(withNames("b", "", "S1"), MachineStore.ANY))));
  }

  @Test
  void machinesCanSwapTheirNamesInOneWrite() throws IOException {
    written(
        store.write(
            List.of(
                put(machine("a", 1), MachineStore.ANY), put(machine("b", 2), MachineStore.ANY))));
    List<Change> swapped =
        written(
            store.write(
                List.of(
                    put(machine("a", 2), MachineStore.ANY),
                    put(machine("b", 1), MachineStore.ANY))));
    assertEquals(swapped, changesAfter(0));
    assertEquals(
        new Result.Taken("c", "mac " + mac(2).colons(), "a"),
        store.write(List.of(put(machine("c", 2), MachineStore.ANY))));
  }

  @Test
  void historyComesNewestFirst() throws IOException {
    List<HistoryEntry> entries = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      entries.add(new HistoryEntry("a", NOW.plusSeconds(i), "script", "number " + i));
      entries.add(new HistoryEntry("b", NOW.plusSeconds(i), "script", ""));
    }
    store.record(entries);
    List<HistoryEntry> found = store.history("a", 3);
    assertEquals(
        List.of("number 4", "number 3", "number 2"),
        found.stream().map(HistoryEntry::detail).toList());
    assertEquals(NOW.plusSeconds(4), found.get(0).at());
    assertEquals(List.of(), store.history("c", 3));
  }

  @Test
  void manyWritersLoseNothingAndALookMissesNothing() throws Exception {
    int writers = 4;
    int each = 25;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    List<Future<?>> running = new ArrayList<>();
    try {
      for (int writer = 0; writer < writers; writer++) {
        int first = writer * each;
        running.add(
            threads.submit(
                () -> {
                  for (int i = first; i < first + each; i++) {
                    written(store.write(List.of(put(machine("m" + i, i), MachineStore.ABSENT))));
                  }
                  return null;
                }));
      }
      TreeSet<Long> seen = new TreeSet<>();
      seen.add(0L);
      while (seen.size() <= writers * each) {
        long before = seen.last();
        for (Change change : changesAfter(before)) {
          assertTrue(change.revision() > before);
          assertTrue(seen.add(change.revision()));
        }
        if (running.stream().allMatch(Future::isDone)) {
          for (Future<?> writer : running) {
            writer.get();
          }
          changesAfter(seen.last()).forEach(change -> seen.add(change.revision()));
          assertEquals(writers * each + 1, seen.size());
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(
        IntStream.range(0, writers * each).mapToObj(i -> "m" + i).sorted().toList(),
        changesAfter(0).stream().map(Change::id).sorted().toList());
  }
}
