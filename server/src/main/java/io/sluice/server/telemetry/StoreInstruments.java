package io.sluice.server.telemetry;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.FleetKeeper;
import io.sluice.server.machines.Installation;
import java.util.Locale;

/**
 * What is measured about the store and the machines in it. Of machines there is no value before the
 * store was read once: nothing is known then, which is not none.
 */
final class StoreInstruments {
  private static final double NANOS = 1e9;

  private StoreInstruments() {}

  /** Shows them in a registry. */
  static void register(PrometheusRegistry registry, Fleet fleet, FleetKeeper keeper) {
    GaugeWithCallback.builder()
        .name("sluice_store_up")
        .help("Whether the store of machines can be read and written: 1 or 0.")
        .callback(value -> value.call(keeper.trouble().isEmpty() ? 1 : 0))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_store_last_followed_seconds")
        .help("How long ago the store was last asked for changes and answered, in seconds.")
        .callback(value -> fleet.sinceLook().ifPresent(age -> value.call(age.toNanos() / NANOS)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_machines")
        .help("Machines that are known.")
        .callback(
            value -> {
              if (fleet.isLoaded()) {
                value.call(fleet.size());
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_machines_unreadable")
        .help("Records of machines in the store that this server cannot read.")
        .callback(
            value -> {
              if (fleet.isLoaded()) {
                value.call(fleet.unreadable().size());
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_installations")
        .help("Machines by the state of their last installation.")
        .labelNames("state")
        .callback(
            value -> {
              if (fleet.isLoaded()) {
                for (Installation.State state : Installation.State.values()) {
                  value.call(fleet.count(state), state.name().toLowerCase(Locale.ROOT));
                }
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_machine_memory_bytes")
        .help("Memory that machines take, with all that finds them.")
        .callback(value -> value.call((double) fleet.inventory().bytes()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_machine_memory_limit_bytes")
        .help("Memory that machines may take before no more are added; it follows from the heap.")
        .callback(value -> value.call((double) fleet.memory().limit()))
        .register(registry);
  }
}
