package io.sluice.server;

import io.sluice.server.api.Deliveries;
import io.sluice.server.api.images.ImageFolder;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Endpoint;
import io.sluice.server.root.ServedRoot;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * What answers machines, and the clients of the API.
 *
 * @param boot the scripts
 * @param deliveries notes what is delivered to machines that are being installed
 * @param seed documents for machines, by the parameters {@code token} and {@code name}
 * @param api the API, by path
 */
record MachineEndpoints(
    BootEndpoints boot, Deliveries deliveries, Endpoint seed, Map<String, Endpoint> api) {
  /**
   * Answers when no machine is known, without an API.
   *
   * @param root where the profiles are
   * @param pool may block
   */
  static MachineEndpoints knowingNone(ServedRoot root, Executor pool, Clock clock) {
    Fleet fleet = Fleet.empty(clock);
    Installations installations = new Installations(fleet, clock, () -> "");
    Profiles profiles = new Profiles(root, clock);
    ImageFolder images = new ImageFolder(root, null);
    Scripts scripts = new Scripts(profiles, images);
    return new MachineEndpoints(
        new BootEndpoints(
            fleet,
            installations,
            profiles,
            scripts,
            new Versions(images, installations),
            pool,
            clock),
        new Deliveries(
            fleet, new Coverages(fleet, installations, System::nanoTime), images, pool, pool),
        Endpoint.of(Routes::notFound),
        Map.of());
  }
}
