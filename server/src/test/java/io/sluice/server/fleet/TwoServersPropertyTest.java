package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.boot.Decider;
import io.sluice.server.boot.Decision;
import io.sluice.server.boot.Rules;
import io.sluice.server.machines.Actor;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.machines.Terms;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Two servers share a store; one machine asks either of them, over and over, while operators set it
 * to be installed and take that back, proofs come in, servers restart and lose the store.
 */
class TwoServersPropertyTest {
  private enum Kind {
    ASK,
    REQUEST,
    PROVE,
    FAIL,
    CANCEL,
    LOOK,
    SETTLE,
    CUT,
    MEND,
    RESTART,
    WAIT
  }

  private record Step(Kind kind, int server, int amount) {}

  /** A clock that is set by hand. */
  private static final class HandClock extends Clock {
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneId.of("UTC");
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** One server's way to the store, which can be cut. */
  private static final class Link implements MachineStore {
    private final MachineStore store;
    private boolean cut;

    Link(MachineStore store) {
      this.store = store;
    }

    private MachineStore reach() throws StoreException {
      if (cut) {
        throw new StoreException("cut", new IllegalStateException());
      }
      return store;
    }

    @Override
    public Result write(List<Edit> edits, Position known) throws StoreException {
      return reach().write(edits, known);
    }

    @Override
    public News newsSince(Position known, Position newest) throws StoreException {
      return reach().newsSince(known, newest);
    }

    @Override
    public void tryWriting() throws StoreException {
      reach().tryWriting();
    }

    @Override
    public void record(List<HistoryEntry> entries) throws StoreException {
      reach().record(entries);
    }

    @Override
    public List<HistoryEntry> history(String machine, int limit) throws StoreException {
      return reach().history(machine, limit);
    }

    @Override
    public List<Coverage> cover(List<Delivery> deliveries) throws StoreException {
      return reach().cover(deliveries);
    }

    @Override
    public List<Coverage> covered(String token) throws StoreException {
      return reach().covered(token);
    }

    @Override
    public boolean isShared() {
      return true;
    }

    @Override
    public void awaitChange(long millis) {}

    @Override
    public void close() {}
  }

  private record Server(Fleet fleet, Installations installations) {}

  private static final class World {
    final HandClock clock = new HandClock();
    final MemoryStore store = new MemoryStore(true);
    final AtomicLong tokens = new AtomicLong();
    final List<Link> links = List.of(new Link(store), new Link(store));
    final List<Server> servers = new ArrayList<>();
    final MacAddress mac = MacAddress.parse("52:54:00:12:34:56").orElseThrow();
    final BootRequest request =
        new BootRequest(mac, "", "", "", "", InetAddress.getLoopbackAddress());
    final Map<String, Instant> ended = new HashMap<>();

    World() throws StoreException {
      store.write(List.of(new MachineStore.Edit("m", Machine.of("m", mac), MachineStore.ABSENT)));
      servers.add(boot(0));
      servers.add(boot(1));
    }

    private Server boot(int server) {
      Fleet fleet =
          new Fleet(
              links.get(server),
              new Journal(clock),
              new Freshness(true, () -> Duration.between(Instant.EPOCH, clock.now).toNanos()));
      try {
        fleet.look();
      } catch (StoreException away) {
        // It knows nothing, then.
      }
      return new Server(
          fleet, new Installations(fleet, clock, () -> "t" + tokens.incrementAndGet()));
    }

    Installation truth() throws StoreException {
      Machine machine = store.changesAfter(0).get(0).machine();
      return machine == null ? Installation.NONE : machine.installation();
    }

    void run(Step step) throws StoreException {
      Fleet server = servers.get(step.server()).fleet();
      Installations installs = servers.get(step.server()).installations();
      Installation before = truth();
      try {
        switch (step.kind()) {
          case ASK -> ask(server, installs);
          case REQUEST -> {
            Machine answered =
                installs
                    .install("m", "install", "i.raw", Terms.STANDARD, Actor.NONE)
                    .orElseThrow()
                    .machine();
            assertTrue(truth().isOpen(), "it is to be installed already, says memory");
            assertEquals(truth().token(), answered.installation().token());
          }
          case PROVE -> over(installs.prove(before.token(), "said so"), before);
          case FAIL -> over(installs.fail(before.token(), "said so"), before);
          case CANCEL -> {
            installs.cancel("m", Actor.NONE);
            assertFalse(truth().isOpen(), "nothing to do, says memory");
          }
          case LOOK -> server.look();
          case SETTLE -> installs.settle();
          case CUT -> links.get(step.server()).cut = true;
          case MEND -> links.get(step.server()).cut = false;
          case RESTART -> servers.set(step.server(), boot(step.server()));
          case WAIT -> clock.pass(Duration.ofMillis(step.amount()));
        }
      } catch (StoreException away) {
        assertTrue(links.get(step.server()).cut, "only a cut link fails");
      }
      Installation after = truth();
      if (before.isOpen() && !after.isOpen()) {
        ended.put(before.token(), clock.now);
      }
      if (!before.isOpen() && !before.token().isEmpty() && after.token().equals(before.token())) {
        assertEquals(before, after, "what is over stays as it is");
      }
    }

    /** Whoever has a token of the store is known by every server. */
    private void over(Installations.EndState ending, Installation before) throws StoreException {
      assertEquals(before.token().isEmpty(), ending == Installations.EndState.UNKNOWN);
      assertFalse(truth().isOpen());
    }

    void ask(Fleet server, Installations installs) throws StoreException {
      Optional<Machine> known = server.find(request).map(StoredMachine::machine);
      Decision decision =
          new Decider(Rules.NONE, PROFILES)
              .decide(request, known.orElse(null), server.isCurrent(), clock.now);
      Installation truth = truth();
      if (decision instanceof Decision.Install install) {
        String token = install.installation().token();
        boolean open = truth.isOpen() && truth.isNamedBy(token);
        boolean endingNotToldYet =
            ended.containsKey(token)
                && clock.now.isBefore(ended.get(token).plus(Freshness.VALIDITY));
        assertTrue(open || endingNotToldYet, "an install script for a machine that is not to be");
        assertEquals("install", install.installation().profile());
        assertEquals("i.raw", install.installation().image());
        installs.handedOut("m", install.installation(), "127.0.0.1");
      } else if (truth.isOpen() && server.isCurrent()) {
        // It may not have heard of a request of the last moments yet, but a look shows it.
        server.look();
        Machine looked = server.find(request).orElseThrow().machine();
        assertTrue(looked.installation().isOpen(), "the installation is lost");
        assertTrue(
            new Decider(Rules.NONE, PROFILES).decide(request, looked, true, clock.now)
                    instanceof Decision.Install
                || !truth.overdue(clock.now).isEmpty()
                || !looked.installation().overdue(clock.now).isEmpty());
      }
    }
  }

  private static final Decider.Known PROFILES =
      new Decider.Known() {
        @Override
        public boolean exists(String profile) {
          return false;
        }

        @Override
        public boolean installs(String profile) {
          return profile.equals("install");
        }
      };

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.frequencyOf(
                    Tuple.of(6, Arbitraries.just(Kind.ASK)),
                    Tuple.of(9, Arbitraries.of(Kind.values()))),
                Arbitraries.integers().between(0, 1),
                Arbitraries.integers().between(1, 1500))
            .as(Step::new);
    return step.list().ofMaxSize(80);
  }

  @Property(tries = 2000)
  void noInterleavingInstallsWhatIsNotToBeInstalledOrLosesAnInstallation(
      @ForAll("steps") List<Step> steps) throws StoreException {
    World world = new World();
    for (Step step : steps) {
      world.run(step);
    }
    // In the end everything is mended, and both servers say the same.
    for (int i = 0; i < 2; i++) {
      world.links.get(i).cut = false;
    }
    for (int round = 0; round < 2; round++) {
      for (Server server : world.servers) {
        server.fleet().look();
        server.installations().settle();
      }
    }
    Installation truth = world.truth();
    for (Server server : world.servers) {
      server.fleet().look();
      assertEquals(truth, server.fleet().byId("m").orElseThrow().machine().installation());
    }
  }
}
