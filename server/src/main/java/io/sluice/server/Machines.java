package io.sluice.server;

import io.sluice.server.api.Api;
import io.sluice.server.api.Deliveries;
import io.sluice.server.api.EventHub;
import io.sluice.server.api.SeedEndpoints;
import io.sluice.server.api.images.ImageFolder;
import io.sluice.server.api.images.Uploads;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.UnusableSettingException;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.FleetKeeper;
import io.sluice.server.fleet.Freshness;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.fleet.Installations;
import io.sluice.server.fleet.Journal;
import io.sluice.server.images.ImageCatalogue;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.os.Niceness;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.store.Stores;
import io.sluice.server.store.UnusableStoreException;
import io.sluice.server.telemetry.Instruments;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything a server knows and says about machines, put together. */
final class Machines {
  /** As many as cannot be guessed. */
  private static final int TOKEN_BYTES = 16;

  /** For what looks and for what changes something; a shared store has a connection for each. */
  private static final int API_THREADS = 4;

  /** How often changed profiles and a changed token are looked for. */
  private static final long LOOK_SECONDS = 1;

  private static final int UPLOAD_THREADS = 4;

  /** Each reads a whole image. */
  private static final int PUBLISHING_THREADS = 2;

  private static final long EXPIRY_SECONDS = 600;

  /** Requests to the API, or pieces of uploads, that may wait. */
  private static final int API_QUEUE = 1024;

  private final Access access;
  private final Fleet fleet;
  private final FleetKeeper keeper;
  private final InstallProgress progress;
  private final EventHub events;
  private final MachineEndpoints endpoints;

  private Machines(
      Access access,
      Fleet fleet,
      FleetKeeper keeper,
      InstallProgress progress,
      EventHub events,
      MachineEndpoints endpoints) {
    this.progress = progress;
    this.access = access;
    this.fleet = fleet;
    this.keeper = keeper;
    this.events = events;
    this.endpoints = endpoints;
  }

  /**
   * Where work is done that blocks.
   *
   * @param files for scripts
   * @param requests for the API, and for proofs
   * @param uploads for images that come
   * @param publishing for images that have come
   * @param clock for what is done every so often
   */
  record Threads(
      Executor files,
      RequestThreads requests,
      Executor uploads,
      Executor publishing,
      ScheduledExecutorService clock) {
    /** With pools of their own for requests and uploads. */
    static Threads of(Pools pools, Executor files, ScheduledExecutorService clock) {
      return new Threads(
          files,
          new RequestThreads(
              pools.filePool("api", API_THREADS, API_QUEUE, Niceness.NONE),
              pools.pool("api-changes", API_THREADS, API_QUEUE)),
          pools.toilingPool("uploads", UPLOAD_THREADS, API_QUEUE),
          pools.toilingPool("publishing", PUBLISHING_THREADS, API_QUEUE),
          clock);
    }
  }

  /**
   * Opens the store and begins to keep what is in it.
   *
   * @param root where profiles and images are
   * @param catalogue of the images, null when nothing is made from them
   * @param life for the store and its thread
   * @throws IOException when the store cannot be used, with a message for the operator
   */
  static Machines open(
      ServerConfig config,
      Threads threads,
      Clock clock,
      ServedRoot root,
      @Nullable ImageCatalogue catalogue,
      Lifetime life)
      throws IOException {
    Access access = access(config);
    MachineStore store = life.push(store(config.machines().store()));
    Journal journal = new Journal(clock);
    Freshness currency = new Freshness(store.isShared(), System::nanoTime);
    Fleet fleet = new Fleet(store, journal, currency);
    Installations installations = new Installations(fleet, clock, tokens());
    Coverages coverages = new Coverages(fleet, installations, System::nanoTime);
    Profiles profiles = new Profiles(root, clock);
    ImageFolder images = new ImageFolder(root, catalogue);
    Scripts scripts = new Scripts(profiles, images);
    Versions versions = new Versions(images, installations);
    InstallProgress progress = new InstallProgress(fleet, clock);
    BootEndpoints boot =
        new BootEndpoints(
            fleet, installations, profiles, scripts, versions, threads.files(), clock);
    Uploads uploads = new Uploads(images, tokens(), clock, threads.uploads(), threads.publishing());
    threads
        .clock()
        .scheduleAtFixedRate(
            () -> soon(uploads::expire, threads.uploads()), 0, EXPIRY_SECONDS, TimeUnit.SECONDS);
    EventHub events = new EventHub(fleet, progress, threads.clock());
    threads
        .clock()
        .scheduleAtFixedRate(
            () -> {
              soon(access::look, threads.files());
              soon(root::look, threads.files());
              soon(profiles::look, threads.files());
            },
            LOOK_SECONDS,
            LOOK_SECONDS,
            TimeUnit.SECONDS);
    Deliveries deliveries =
        new Deliveries(fleet, coverages, images, threads.files(), threads.requests().changes());
    Api.Parts parts =
        new Api.Parts(
            fleet,
            installations,
            profiles,
            scripts,
            versions,
            images,
            boot,
            progress,
            coverages,
            deliveries,
            access,
            uploads,
            events,
            threads.requests(),
            clock);
    FleetKeeper keeper = life.push(FleetKeeper.start(fleet, installations, coverages));
    soon(() -> digests(fleet, versions), threads.files());
    return new Machines(
        access,
        fleet,
        keeper,
        progress,
        events,
        new MachineEndpoints(
            boot, deliveries, new SeedEndpoints(parts).document(), Api.routes(parts)));
  }

  /** Has the digest of every image begun that an open installation waits for. */
  private static void digests(Fleet fleet, Versions versions) {
    fleet
        .after("")
        .map(StoredMachine::machine)
        .filter(machine -> machine.installation().isOpen())
        .forEach(machine -> versions.look(machine.installation(), machine));
  }

  private static MachineStore store(String url) throws IOException {
    try {
      return Stores.open(url);
    } catch (IOException e) {
      String message = "store: " + url + " (expected: one that works; " + e.getMessage() + ")";
      throw e instanceof UnusableStoreException
          ? new UnusableSettingException(message, e)
          : new IOException(message, e);
    }
  }

  private static Access access(ServerConfig config) throws UnusableSettingException {
    try {
      return Access.of(config.machines().apiTokenFile());
    } catch (IOException e) {
      throw new UnusableSettingException(e);
    }
  }

  private static void soon(Runnable task, Executor pool) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException busy) {
      // The next time will do.
    }
  }

  private static Supplier<String> tokens() {
    SecureRandom random = new SecureRandom();
    return () -> {
      byte[] bytes = new byte[TOKEN_BYTES];
      random.nextBytes(bytes);
      return HexFormat.of().formatHex(bytes);
    };
  }

  /** Why no machine can be answered yet; empty when it can. */
  String obstacle() {
    return fleet.isLoaded() ? "" : "not ready: store: never reached (" + keeper.trouble() + ")";
  }

  /** Shows what is measured about them. */
  void show(Instruments instruments) {
    instruments.watch(fleet, keeper);
    instruments.watch(progress);
  }

  /** What answers for them. */
  MachineEndpoints endpoints() {
    return endpoints;
  }

  /** Reads the tokens of the API again; may block. */
  void readTokensAgain() {
    access.look();
  }

  /** Ends every stream of events, so that their connections can be closed. */
  void endStreams() {
    events.close();
  }
}
