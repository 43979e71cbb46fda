package io.sluice.server.boot;

import io.sluice.server.machines.Architecture;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.net.Network;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a rule: a property and the values of which one must (or none may) be it.
 *
 * @param property what is looked at
 * @param negated whether none may be
 * @param values as they stand in the rule, at least one
 * @param networks the values as networks, when that is what they are
 */
record Condition(Property property, boolean negated, List<String> values, List<Network> networks) {

  /** What a condition looks at. */
  enum Property {
    /** One of the machine's tags. */
    TAG,
    /** The processor, by the machine's record, else by what it says. */
    ARCH,
    /** The firmware, as it says. */
    PLATFORM,
    /** The address it asks from. */
    NETWORK,
    /** How its MAC address begins. */
    VENDOR,
    /** Whether it is in the store. */
    KNOWN;

    String spelling() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A condition, or empty when these values cannot be values of the property. */
  static Optional<Condition> of(Property property, boolean negated, List<String> given) {
    List<String> values =
        switch (property) {
          case VENDOR ->
              given.stream().map(v -> v.toLowerCase(Locale.ROOT).replace('-', ':')).toList();
          case ARCH -> given.stream().flatMap(v -> Architecture.parse(v).stream()).toList();
          default -> given;
        };
    List<Network> networks =
        property == Property.NETWORK
            ? values.stream().flatMap(value -> Network.parse(value).stream()).toList()
            : List.of();
    boolean good =
        switch (property) {
          case TAG -> values.stream().allMatch(MachineRules::isTag);
          case ARCH -> values.size() == given.size();
          case PLATFORM -> List.of("efi", "pcbios").containsAll(values);
          case NETWORK -> networks.size() == values.size();
          case VENDOR -> values.stream().allMatch(v -> v.matches("[0-9a-f]{2}(:[0-9a-f]{2}){0,5}"));
          case KNOWN -> values.size() == 1 && List.of("yes", "no").containsAll(values);
        };
    return good && !values.isEmpty()
        ? Optional.of(new Condition(property, negated, values, networks))
        : Optional.empty();
  }

  /** What values of a property look like, for messages. */
  static String expected(Property property) {
    return switch (property) {
      case TAG -> "tags";
      case ARCH -> Architecture.EXPECTED;
      case PLATFORM -> "efi or pcbios";
      case NETWORK -> "networks such as 10.0.0.0/8";
      case VENDOR -> "beginnings of a MAC address such as 52:54:00";
      case KNOWN -> "yes or no";
    };
  }

  boolean holds(BootRequest request, @Nullable Machine machine) {
    return matches(request, machine) != negated;
  }

  private boolean matches(BootRequest request, @Nullable Machine machine) {
    return switch (property) {
      case TAG -> machine != null && values.stream().anyMatch(machine.tags()::contains);
      case ARCH ->
          values.contains(
              machine != null && !machine.arch().isEmpty() ? machine.arch() : request.arch());
      case PLATFORM -> values.contains(request.platform());
      case NETWORK -> networks.stream().anyMatch(network -> network.holds(request.address()));
      case VENDOR -> {
        MacAddress mac = request.mac();
        yield mac != null && values.stream().anyMatch(mac.colons()::startsWith);
      }
      case KNOWN -> values.contains(machine == null ? "no" : "yes");
    };
  }
}
