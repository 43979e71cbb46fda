package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.boot.Decider;
import io.sluice.server.boot.Decision;
import io.sluice.server.boot.Rules;
import io.sluice.server.machines.Actor;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Lock;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.machines.Terms;
import io.sluice.server.store.PostgresServer;
import io.sluice.server.store.Stores;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two or three servers on one PostgreSQL, whose memory is lost, whose clocks are stepped and whose
 * database processes are stopped, in random orders. After every step the store is asked what is
 * true. {@code -Dsluice.histories=5000} takes more; {@code -Dsluice.histories.seed=N
 * -Dsluice.histories=1} repeats the one that failed.
 */
@EnabledIf("io.sluice.server.store.PostgresServer#isInstalled")
class HistoriesIT {
  private static final int HISTORIES = Integer.getInteger("sluice.histories", 40);
  private static final long SEED =
      Long.getLong("sluice.histories.seed", new Random().nextInt(1_000_000_000));
  private static final int LONGEST = 40;

  @TempDir private static Path folder;
  private static PostgresServer postgres;
  private static String url;
  private static final List<MachineStore> STORES = new ArrayList<>();
  private static MachineStore witness;

  @BeforeAll
  static void start() throws Exception {
    postgres = PostgresServer.start(folder);
    url = postgres.newDatabase();
    for (int i = 0; i < 3; i++) {
      STORES.add(Stores.open(url + "&ApplicationName=s" + i));
    }
    witness = Stores.open(url);
  }

  @AfterAll
  static void stop() throws Exception {
    STORES.forEach(MachineStore::close);
    witness.close();
    postgres.close();
  }

  /** What a server takes for the time; others have another. */
  private static final class SteppedClock extends Clock {
    Instant now = Instant.parse("2026-11-21T12:00:00Z");

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

  private static final class Server {
    final int number;
    final SteppedClock clock = new SteppedClock();
    Fleet fleet;
    Installations installations;

    Server(int number) {
      this.number = number;
    }
  }

  /** One machine, and what is known of it. */
  private static final class World {
    final long seed;
    final Random dice;
    final String id;
    final MacAddress mac;
    final AtomicLong nanos = new AtomicLong();
    final AtomicLong tokens = new AtomicLong();
    final List<Server> servers = new ArrayList<>();
    final Map<String, Long> ended = new HashMap<>();
    final List<String> log = new ArrayList<>();
    final Fleet truth =
        new Fleet(witness, new Journal(Clock.systemUTC()), new Freshness(true, System::nanoTime));
    String hostname = "";
    boolean deleted = true;

    World(long seed) throws StoreException {
      this.seed = seed;
      dice = new Random(seed);
      id = "h" + seed;
      mac = MacAddress.parse(String.format("52%010x", seed)).orElseThrow();
      for (int i = 0; i < 2 + dice.nextInt(2); i++) {
        servers.add(new Server(i));
        boot(servers.get(i));
      }
      put(servers.get(0));
    }

    /** A server starts; what it had in memory is lost. */
    void boot(Server server) throws StoreException {
      server.fleet =
          new Fleet(
              STORES.get(server.number),
              new Journal(server.clock),
              new Freshness(true, nanos::get));
      server.fleet.look();
      server.installations =
          new Installations(
              server.fleet, server.clock, () -> "t" + seed + "-" + tokens.incrementAndGet());
    }

    Optional<Machine> machine() throws StoreException {
      truth.look();
      return truth.byId(id).map(StoredMachine::machine);
    }

    Installation installation() throws StoreException {
      return machine().map(Machine::installation).orElse(Installation.NONE);
    }

    /** By what the server remembers, which the store has to accept. */
    void put(Server server) throws StoreException {
      String name = "v" + log.size();
      server.fleet.catchUp();
      Optional<StoredMachine> now = server.fleet.byId(id);
      Machine bare =
          Machine.of(id, mac)
              .with(now.map(each -> each.machine().installation()).orElse(Installation.NONE));
      Machine next = named(bare, name);
      MachineStore.Result result =
          server.fleet.write(
              List.of(
                  new MachineStore.Edit(
                      id, next, now.map(StoredMachine::revision).orElse(MachineStore.ABSENT))));
      assertTrue(result instanceof MachineStore.Result.Written, result::toString);
      hostname = name;
      deleted = false;
    }

    private static Machine named(Machine machine, String name) {
      return new Machine(
          machine.id(),
          machine.macs(),
          "",
          "",
          name,
          "",
          List.of(),
          Map.of(),
          Map.of(),
          "",
          "",
          List.of(),
          "",
          machine.installation(),
          Lock.NONE);
    }

    void install(Server server) throws StoreException {
      Optional<StoredMachine> now =
          server.installations.install(id, "install", "", Terms.STANDARD, Actor.NONE);
      assertEquals(!deleted, now.isPresent(), "what was acknowledged is not there");
      if (now.isPresent()) {
        assertTrue(installation().isOpen(), "set to be installed already, says memory");
        assertEquals(installation().token(), now.get().machine().installation().token());
      }
    }

    void cancel(Server server) throws StoreException {
      Optional<StoredMachine> now = server.installations.cancel(id, Actor.NONE);
      assertEquals(!deleted, now.isPresent(), "what was acknowledged is not there");
      assertFalse(installation().isOpen(), "nothing to do, says memory");
    }

    void end(Server server, String token, boolean success) throws StoreException {
      Installations.EndState ending =
          success
              ? server.installations.prove(token, "said so")
              : server.installations.fail(token, "said so");
      assertEquals(
          token.isEmpty() || !installation().isNamedBy(token),
          ending == Installations.EndState.UNKNOWN,
          "a token that is not known, says memory");
      assertFalse(installation().isOpen());
    }

    void delete(Server server) throws StoreException {
      server.fleet.catchUp();
      Optional<StoredMachine> now = server.fleet.byId(id);
      assertEquals(!deleted, now.isPresent(), "what was acknowledged is not there");
      if (now.isPresent()) {
        server.fleet.write(List.of(new MachineStore.Edit(id, null, now.get().revision())));
        deleted = true;
      }
    }

    void ask(Server server) throws StoreException {
      BootRequest request = new BootRequest(mac, "", "", "", "", InetAddress.getLoopbackAddress());
      Machine known = server.fleet.find(request).map(StoredMachine::machine).orElse(null);
      Decision decision =
          new Decider(Rules.NONE, PROFILES)
              .decide(request, known, server.fleet.isCurrent(), server.clock.now);
      if (decision instanceof Decision.Install install) {
        String token = install.installation().token();
        Long end = ended.get(token);
        assertTrue(
            end == null || nanos.get() < end + Freshness.VALIDITY.toNanos(),
            "an install script after the end was acknowledged");
        server.installations.handedOut(id, install.installation(), "127.0.0.1");
      }
    }

    /** The database does not answer one server while another is asked for something else. */
    void held(Server server) throws Exception {
      Server other = servers.get(dice.nextInt(servers.size()));
      List<Long> backends = postgres.backends(url, "s" + server.number);
      PostgresServer.signal("STOP", backends);
      CompletableFuture<Boolean> cancelled;
      try {
        cancelled =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    server.installations.cancel(id, Actor.NONE);
                    return true;
                  } catch (StoreException away) {
                    return false;
                  }
                });
        if (other != server) {
          install(other);
        }
      } finally {
        PostgresServer.signal("CONT", backends);
      }
      Installation before = installation();
      if (cancelled.get() && other == server) {
        assertFalse(installation().isOpen(), before::toString);
      }
    }

    void step(int number) throws Exception {
      Server server = servers.get(dice.nextInt(servers.size()));
      Installation before = installation();
      int kind = dice.nextInt(100);
      String name = "";
      if (kind < 25) {
        name = "ask";
        ask(server);
      } else if (kind < 40) {
        name = "install";
        install(server);
      } else if (kind < 50) {
        name = "cancel";
        cancel(server);
      } else if (kind < 58) {
        name = "end";
        end(server, before.token(), dice.nextBoolean());
      } else if (kind < 63) {
        name = "put";
        put(server);
      } else if (kind < 66) {
        name = "delete";
        delete(server);
      } else if (kind < 74) {
        name = "follow";
        server.fleet.look();
      } else if (kind < 82) {
        name = "settle";
        server.installations.settle();
      } else if (kind < 88) {
        name = "killed";
        boot(server);
      } else if (kind < 93) {
        name = "clock";
        server.clock.now = server.clock.now.plusSeconds(dice.nextInt(40_000) - 20_000);
      } else if (kind < 99 || dice.nextInt(3) > 0) {
        name = "time";
        Duration passed = Duration.ofMillis(dice.nextInt(1500));
        nanos.addAndGet(passed.toNanos());
        servers.forEach(each -> each.clock.now = each.clock.now.plus(passed));
      } else {
        name = "held";
        held(server);
      }
      log.add(number + " " + name + " s" + server.number);
      check(before);
    }

    private void check(Installation before) throws StoreException {
      Optional<Machine> machine = machine();
      assertEquals(deleted, machine.isEmpty(), "what was acknowledged is lost");
      machine.ifPresent(each -> assertEquals(hostname, each.hostname()));
      Installation after = installation();
      if (before.isOpen() && (!after.isNamedBy(before.token()) || !after.isOpen())) {
        ended.put(before.token(), nanos.get());
      }
      if (after.isOpen()) {
        assertFalse(ended.containsKey(after.token()), "what is over begins again");
      }
    }
  }

  @Test
  void noHistoryTellsWhatIsNotTrue() throws Exception {
    long steps = 0;
    for (long seed = SEED; seed < SEED + HISTORIES; seed++) {
      World world = new World(seed);
      for (int i = 0; i < LONGEST; i++) {
        try {
          world.step(i);
        } catch (AssertionError e) {
          throw new AssertionError("seed " + seed + " after " + world.log, e);
        }
        steps++;
      }
      if (!world.deleted) {
        world.delete(world.servers.get(0));
      }
    }
    System.out.printf("histories %d, steps %d, first seed %d%n", HISTORIES, steps, SEED);
  }
}
