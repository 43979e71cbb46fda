package io.sluice.server;

import io.sluice.server.api.ImageFolder;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Currency;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.FleetKeeper;
import io.sluice.server.boot.Journal;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.store.Stores;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Everything a server knows and says about machines, put together. */
final class Machines implements AutoCloseable {
  /** As many as nobody can guess. */
  private static final int TOKEN_BYTES = 16;

  private final MachineStore store;
  private final FleetKeeper keeper;
  private final BootEndpoints boot;

  private Machines(MachineStore store, FleetKeeper keeper, BootEndpoints boot) {
    this.store = store;
    this.keeper = keeper;
    this.boot = boot;
  }

  /**
   * Opens the store and begins to keep what is in it.
   *
   * @param pool where scripts are rendered
   * @throws IOException when the store cannot be used, with a message for the operator
   */
  static Machines open(ServerConfig config, Executor pool, Clock clock) throws IOException {
    MachineStore store;
    try {
      store = Stores.open(config.machines().store());
    } catch (IOException e) {
      throw new IOException(
          "store: "
              + config.machines().store()
              + " (expected: one that works; "
              + e.getMessage()
              + ")",
          e);
    }
    Journal journal = new Journal(clock);
    Currency currency = new Currency(store.isShared(), System::nanoTime);
    Fleet fleet = new Fleet(store, journal, currency, clock, tokens());
    Profiles profiles = new Profiles(config.root(), clock);
    Scripts scripts = new Scripts(profiles, new ImageFolder(config.root().resolve("images")));
    return new Machines(
        store, FleetKeeper.start(fleet), new BootEndpoints(fleet, profiles, scripts, pool, clock));
  }

  private static Supplier<String> tokens() {
    SecureRandom random = new SecureRandom();
    return () -> {
      byte[] bytes = new byte[TOKEN_BYTES];
      random.nextBytes(bytes);
      return HexFormat.of().formatHex(bytes);
    };
  }

  BootEndpoints boot() {
    return boot;
  }

  @Override
  public void close() {
    keeper.close();
    store.close();
  }
}
