package io.sluice.server.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Lock;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.Terms;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeciderPropertyTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56").orElseThrow();

  private record Profiles(Set<String> there, Set<String> installing) implements Decider.Known {
    @Override
    public boolean exists(String profile) {
      return there.contains(profile);
    }

    @Override
    public boolean installs(String profile) {
      return installing.contains(profile);
    }
  }

  private static final Profiles PROFILES =
      new Profiles(Set.of("gpu", "default"), Set.of("install"));

  private static BootRequest from(String address) {
    try {
      InetAddress from = InetAddress.getAllByName(address)[0];
      return new BootRequest(MAC, "", "", "x86_64", "efi", from);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Machine machine(String profile, Installation installation) {
    return new Machine(
        "m",
        List.of(MAC),
        "",
        "",
        "",
        "aarch64",
        List.of("gpu", "rack:4"),
        Map.of(),
        Map.of(),
        profile,
        "",
        List.of(),
        "",
        installation,
        Lock.NONE);
  }

  private static Installation in(Installation.State state, Terms terms, int scripts) {
    Instant begun = scripts > 0 ? NOW.minusSeconds(600) : null;
    String address = scripts > 0 ? "10.0.0.1" : "";
    return new Installation(
        state,
        "t",
        "install",
        "",
        "",
        terms,
        NOW.minusSeconds(900),
        begun,
        null,
        scripts,
        address,
        "");
  }

  @Property
  void onlyAnOpenInstallationGivesAnInstallScript(
      @ForAll Installation.State state,
      @ForAll boolean current,
      @ForAll boolean sameAddress,
      @ForAll @IntRange(max = 5) int scripts,
      @ForAll @IntRange(max = 5) int bound,
      @ForAll @IntRange(max = 1200) int timeout,
      @ForAll boolean ownProfileInstalls) {
    Terms terms = new Terms(Terms.Proof.REPORT, Duration.ofSeconds(timeout), bound, sameAddress);
    Machine machine = machine(ownProfileInstalls ? "install" : "gpu", in(state, terms, scripts));
    Decision decision =
        new Decider(Rules.NONE, PROFILES).decide(from("10.0.0.2"), machine, current, NOW);
    Installation installation = machine.installation();
    boolean due = installation.isOpen() && installation.overdue(NOW).isEmpty();
    if (!due) {
      Decision.Boot boot = assertInstanceOf(Decision.Boot.class, decision);
      assertEquals(ownProfileInstalls ? "local" : "gpu", boot.profile());
    } else if (!current) {
      assertInstanceOf(Decision.Wait.class, decision);
    } else if (sameAddress && scripts > 0) {
      assertInstanceOf(Decision.Refuse.class, decision);
    } else {
      Decision.Install install = assertInstanceOf(Decision.Install.class, decision);
      assertEquals(installation, install.installation());
    }
    assertFalse(decision.reasons().isEmpty());
  }

  @Property
  void whatIsOverStaysOverAndOnlyAStrongerProofChangesIt(
      @ForAll Installation.State state, @ForAll @IntRange(max = 3) int scripts) {
    Installation before = in(state, Terms.STANDARD, scripts);
    List<Installation> after =
        List.of(
            before.ended(Installation.State.DONE, "x", NOW),
            before.ended(Installation.State.FAILED, "x", NOW),
            before.cancelled(NOW),
            before.handedOutTo("10.9.9.9", NOW, 1));
    for (Installation each : after) {
      assertEquals("t", each.token());
      boolean stronger =
          state == Installation.State.REPORTED && each.state() == Installation.State.DONE;
      if (before.isOpen() || stronger) {
        assertNotEquals(before, each);
      } else {
        assertEquals(before, each);
      }
    }
    assertTrue(before.isOpen() == after.get(3).isOpen());
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource({
    "use a when tag=gpu,                       10.0.0.1, a",
    "use a when tag=x,                         10.0.0.1, default",
    "use a when tag!=x,                        10.0.0.1, a",
    "'use a when tag=x\nuse b when tag=gpu',   10.0.0.1, b",
    "'use a when tag=gpu\nuse b when tag=gpu', 10.0.0.1, a",
    "use a when arch=aarch64,                  10.0.0.1, a",
    "use a when arch=x86_64,                   10.0.0.1, default",
    "use a when platform=efi known=yes,        10.0.0.1, a",
    "use a when platform=efi known=no,         10.0.0.1, default",
    "'use a when network=10.0.0.0/8,fd00::/8', 10.9.0.1, a",
    "'use a when network=10.0.0.0/8,fd00::/8', fd00::1,  a",
    "use a when network!=10.0.0.0/8,           10.9.0.1, default",
    "use a when vendor=52:54:00,               10.0.0.1, a",
    "use a when vendor=52:55,                  10.0.0.1, default",
    "use a,                                    10.0.0.1, a",
    "# use a,                                  10.0.0.1, default",
  })
  void theFirstRuleThatHoldsDecides(String rules, String address, String profile)
      throws ProfileException {
    Decision decision =
        new Decider(Rules.parse("rules.conf", rules), PROFILES)
            .decide(from(address), machine("", Installation.NONE), true, NOW);
    assertEquals(profile, assertInstanceOf(Decision.Boot.class, decision).profile());
  }

  @Test
  void aMachinesOwnProfileComesBeforeTheRulesAndARefusalBeforeBoth() throws ProfileException {
    Rules rules = Rules.parse("r", "use a\nrefuse when network=10.66.0.0/16");
    Decider decider = new Decider(rules, PROFILES);
    Machine machine = machine("gpu", Installation.NONE);
    Decision decision = decider.decide(from("10.0.0.1"), machine, true, NOW);
    assertEquals("gpu", assertInstanceOf(Decision.Boot.class, decision).profile());
    Decision refused = decider.decide(from("10.66.0.1"), machine, true, NOW);
    assertEquals(
        "r:2: refuse when network=10.66.0.0/16",
        assertInstanceOf(Decision.Refuse.class, refused).reasons().get(1));
  }

  @Test
  void anInstallScriptCanBeRefusedToANetworkThatStillBoots() throws ProfileException {
    Rules rules = Rules.parse("r", "refuse install when network!=10.1.0.0/16");
    Decider decider = new Decider(rules, PROFILES);
    Machine wanted = machine("gpu", in(Installation.State.WANTED, Terms.STANDARD, 0));
    assertInstanceOf(Decision.Install.class, decider.decide(from("10.1.0.1"), wanted, true, NOW));
    assertInstanceOf(Decision.Refuse.class, decider.decide(from("10.2.0.1"), wanted, true, NOW));
    assertInstanceOf(
        Decision.Boot.class,
        decider.decide(from("10.2.0.1"), machine("gpu", Installation.NONE), true, NOW));
  }

  @Test
  void whoIsNotKnownGetsTheDefaultProfileElseDiscover() {
    Decision standard = new Decider(Rules.NONE, PROFILES).decide(from("::1"), null, true, NOW);
    assertEquals("default", assertInstanceOf(Decision.Boot.class, standard).profile());
    Profiles none = new Profiles(Set.of(), Set.of());
    Decision unknown = new Decider(Rules.NONE, none).decide(from("::1"), null, true, NOW);
    assertEquals("discover", assertInstanceOf(Decision.Boot.class, unknown).profile());
    Decision known =
        new Decider(Rules.NONE, none)
            .decide(from("::1"), machine("", Installation.NONE), true, NOW);
    assertEquals("local", assertInstanceOf(Decision.Boot.class, known).profile());
  }

  @Property
  void aMachineWithMacsIsInstalledByOneOfThemAndByNothingElse(
      @ForAll boolean named, @ForAll boolean own) throws ProfileException {
    MacAddress other = MacAddress.parse("52:54:00:99:99:99").orElseThrow();
    BootRequest request =
        new BootRequest(
            named ? own ? MAC : other : null,
            "4c4c4544-0044-4210-8031-b4c04f4b4e32",
            "J1K2",
            "",
            "",
            from("10.0.0.1").address());
    Machine machine = machine("", in(Installation.State.WANTED, Terms.STANDARD, 0));
    Decision decision = new Decider(Rules.NONE, PROFILES).decide(request, machine, true, NOW);
    assertEquals(named && own, decision instanceof Decision.Install, decision.toString());
    if (!(named && own)) {
      assertTrue(decision.reasons().toString().contains("MAC address"), decision.toString());
    }
    Machine withoutCards =
        new Machine(
            "m",
            List.of(),
            request.uuid(),
            "",
            "",
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
    assertInstanceOf(
        Decision.Install.class,
        new Decider(Rules.NONE, PROFILES).decide(request, withoutCards, true, NOW));
  }
}
