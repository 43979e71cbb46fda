package io.sluice.server.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.boot.Versions.Standing;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.Installations;
import io.sluice.server.fleet.MemoryStore;
import io.sluice.server.fleet.TestFleet;
import io.sluice.server.machines.Actor;
import io.sluice.server.machines.DiskDigest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When an install script may go out, and of which version it is. */
class VersionsTest {
  private static final String OLD = "ab".repeat(32);
  private static final String NEW = "cd".repeat(32);

  private final Clock clock = Clock.systemUTC();
  private final MemoryStore store = new MemoryStore(true);
  private final Images images = new Images();
  private Fleet fleet;
  private Installations installations;

  /** Images of which nothing is known but a digest. */
  private static final class Images implements ImageFacts {
    private ImageDigest digest = new ImageDigest.Known(OLD);

    @Override
    public ImageDigest wanted(String image) {
      return digest;
    }

    @Override
    public Optional<String> digest(String image) {
      return Optional.empty();
    }

    @Override
    public String installed(String image) {
      return image;
    }

    @Override
    public Optional<DiskNames> diskNames(String image) {
      return Optional.empty();
    }

    @Override
    public Optional<String> problem(String image) {
      return Optional.empty();
    }

    @Override
    public boolean holdsSameDisk(String one, String other) {
      return false;
    }

    @Override
    public Optional<DiskDigest> readBack(String image, String digest) {
      return Optional.empty();
    }

    @Override
    public List<String> names() {
      return List.of();
    }
  }

  @BeforeEach
  void setToBeInstalled() throws StoreException {
    MacAddress mac = MacAddress.parse("52:54:00:12:34:56").orElseThrow();
    store.write(List.of(new MachineStore.Edit("m", Machine.of("m", mac), MachineStore.ABSENT)));
    fleet = TestFleet.on(store, clock);
    installations = TestFleet.installations(fleet, clock);
    installations.install("m", "install", "debian.raw", Terms.STANDARD, Actor.NONE);
  }

  private Standing settle() throws StoreException {
    Machine machine = fleet.byId("m").orElseThrow().machine();
    return new Versions(images, installations).settle("m", machine.installation(), machine);
  }

  private String stored() {
    return fleet.byId("m").orElseThrow().machine().installation().digest();
  }

  @Test
  void theFirstScriptSettlesTheVersionAndLaterOnesKeepToIt() throws Exception {
    assertEquals(OLD, assertInstanceOf(Standing.Settled.class, settle()).installation().digest());
    assertEquals(OLD, stored());
    images.digest = new ImageDigest.Known(NEW);
    Standing.Waiting waiting = assertInstanceOf(Standing.Waiting.class, settle());
    assertTrue(waiting.why().contains("was replaced"), waiting.why());
    assertTrue(waiting.why().contains(OLD) && waiting.why().contains(NEW), waiting.why());
    assertEquals(OLD, stored());
    images.digest = new ImageDigest.Known(OLD);
    assertInstanceOf(Standing.Settled.class, settle());
  }

  @Test
  void aServerWithAnotherVersionDoesNotHandItOut() throws Exception {
    Fleet there = TestFleet.on(store, clock);
    Machine seen = there.byId("m").orElseThrow().machine();
    settle();
    Images other = new Images();
    other.digest = new ImageDigest.Known(NEW);
    Standing standing =
        new Versions(other, TestFleet.installations(there, clock))
            .settle("m", seen.installation(), seen);
    assertInstanceOf(Standing.Waiting.class, standing);
    assertEquals(OLD, stored());
  }

  @Test
  void untilTheDigestIsKnownNothingIsSettledAndMachinesComeBackOneByOne() throws Exception {
    images.digest = new ImageDigest.Computed(Duration.ofSeconds(20));
    Set<Long> times = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      times.add(assertInstanceOf(Standing.Waiting.class, settle()).retrySeconds().orElseThrow());
    }
    assertTrue(times.size() > 3, times.toString());
    assertTrue(times.stream().allMatch(each -> each >= 20 && each <= 30), times.toString());
    images.digest = new ImageDigest.Computed(Duration.ZERO);
    assertTrue(
        assertInstanceOf(Standing.Waiting.class, settle()).retrySeconds().orElseThrow() >= 1);
    images.digest = new ImageDigest.Computed(Duration.ofDays(2));
    assertTrue(
        assertInstanceOf(Standing.Waiting.class, settle()).retrySeconds().orElseThrow() <= 76);
    images.digest = new ImageDigest.Problem("debian.raw: no such image");
    assertEquals(
        "debian.raw: no such image", assertInstanceOf(Standing.Waiting.class, settle()).why());
    assertEquals("", stored());
  }

  @Test
  void whatTheMachineHasForAnImageIsSettledWhereTheInstallationNamesNone() throws Exception {
    installations.cancel("m", Actor.NONE);
    installations.install("m", "install", "", Terms.STANDARD, Actor.NONE);
    assertEquals("", assertInstanceOf(Standing.Settled.class, settle()).installation().digest());
    Machine known = fleet.byId("m").orElseThrow().machine();
    Machine later = MachineDocument.readStored("m", withImage(MachineDocument.write(known, true)));
    fleet.write(List.of(new MachineStore.Edit("m", later, MachineStore.ANY, null)));
    Installation settled = assertInstanceOf(Standing.Settled.class, settle()).installation();
    assertEquals(OLD, settled.digest());
    assertEquals("later.raw", settled.image());
  }

  private static Map<String, Object> withImage(Map<String, Object> fields) {
    fields.put("image", "later.raw");
    return fields;
  }
}
