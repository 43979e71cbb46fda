package io.sluice.server.boot;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a machine boots. Pure: what is known goes in, a decision comes out. Only a machine
 * whose installation is open ever gets an install script.
 */
public final class Decider {
  /** The profile of machines for which nothing else says anything. */
  public static final String DEFAULT_PROFILE = "default";

  /** The shipped profile that boots the disk. */
  public static final String LOCAL_PROFILE = "local";

  /** The shipped profile for machines that are not known. */
  public static final String DISCOVER_PROFILE = "discover";

  /** What there is to boot. */
  public interface Known {
    /** Whether there is a profile of this name. */
    boolean exists(String profile);

    /** Whether the scripts of this profile install. */
    boolean installs(String profile);
  }

  private final Rules rules;
  private final Known profiles;

  /** Decides by these rules. */
  public Decider(Rules rules, Known profiles) {
    this.rules = rules;
    this.profiles = profiles;
  }

  /**
   * Decides.
   *
   * @param machine what is known about the client, null when nothing is
   * @param current whether what is known is certainly of now
   */
  public Decision decide(
      BootRequest request, @Nullable Machine machine, boolean current, Instant now) {
    List<String> reasons = new ArrayList<>();
    reasons.addAll(request.ignored());
    reasons.add(machine == null ? "the machine is not known" : "the machine is " + machine.id());
    Optional<Rule> refusal = rules.first(Rule.Action.REFUSE, request, machine);
    if (refusal.isPresent()) {
      reasons.add(refusal.get().toString());
      return new Decision.Refuse(reasons);
    }
    if (machine != null && machine.installation().isOpen()) {
      Optional<Decision> install = install(request, machine, current, now, reasons);
      if (install.isPresent()) {
        return install.get();
      }
    }
    if (machine != null && machine.lock().isSet() && !machine.installation().isOpen()) {
      reasons.add("it takes no install: it is " + machine.lock());
    }
    String profile = profile(request, machine, reasons);
    if (profiles.installs(profile)) {
      reasons.add(profile + " installs, which takes a machine that is set to be installed");
      profile = LOCAL_PROFILE;
    }
    return new Decision.Boot(profile, reasons);
  }

  private Optional<Decision> install(
      BootRequest request, Machine machine, boolean current, Instant now, List<String> reasons) {
    Installation installation = machine.installation();
    if (machine.lock().isSet()) {
      reasons.add("it is to be installed, but it is " + machine.lock());
      return Optional.empty();
    }
    String overdue = installation.overdue(now);
    if (!overdue.isEmpty()) {
      reasons.add("its installation fails: " + overdue);
      return Optional.empty();
    }
    if (!names(request, machine)) {
      reasons.add(
          "it is to be installed, but "
              + (request.mac() == null
                  ? "no MAC address is named"
                  : request.mac().colons() + " is none of its MAC addresses")
              + ", and a UUID or serial number alone installs no machine that has some");
      return Optional.empty();
    }
    if (!current) {
      reasons.add("it is to be installed, but the store cannot be asked whether that still holds");
      return Optional.of(new Decision.Wait(reasons));
    }
    Optional<Rule> refusal = rules.first(Rule.Action.REFUSE_INSTALL, request, machine);
    if (refusal.isPresent()) {
      reasons.add(refusal.get().toString());
      return Optional.of(new Decision.Refuse(reasons));
    }
    if (!installation.admits(request.address().getHostAddress())) {
      reasons.add("its install script went to " + installation.address() + " and to no other");
      return Optional.of(new Decision.Refuse(reasons));
    }
    reasons.add("it is to be installed by " + installation.profile() + ", and no proof has come");
    return Optional.of(new Decision.Install(machine.id(), installation, reasons));
  }

  /**
   * Whether a request names a machine well enough for its disk to be written over: by one of its
   * MAC addresses, where it has any.
   */
  private static boolean names(BootRequest request, Machine machine) {
    MacAddress mac = request.mac();
    return machine.macs().isEmpty() || (mac != null && machine.macs().contains(mac));
  }

  /**
   * Whether a loader that has named no MAC address yet must be asked for it first, because the
   * machine is to be installed: PXELINUX asks for its UUID first, and takes what it gets.
   */
  static boolean needsMac(BootRequest request, Machine machine) {
    return machine.installation().isOpen() && request.mac() == null && !names(request, machine);
  }

  private String profile(BootRequest request, @Nullable Machine machine, List<String> reasons) {
    if (machine != null && !machine.profile().isEmpty()) {
      reasons.add("its own profile is " + machine.profile());
      return machine.profile();
    }
    Optional<Rule> rule = rules.first(Rule.Action.USE, request, machine);
    if (rule.isPresent()) {
      reasons.add(rule.get().toString());
      return rule.get().profile();
    }
    if (profiles.exists(DEFAULT_PROFILE)) {
      reasons.add("no rule holds, and there is a profile of the name default");
      return DEFAULT_PROFILE;
    }
    reasons.add("no rule holds, and there is no profile of the name default");
    return machine == null ? DISCOVER_PROFILE : LOCAL_PROFILE;
  }
}
