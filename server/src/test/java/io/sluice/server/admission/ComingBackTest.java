package io.sluice.server.admission;

import static io.sluice.server.admission.AdmissionScene.MB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.admission.AdmissionScene.Line;
import io.sluice.server.admission.AdmissionScene.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComingBackTest {
  private AdmissionScene scene = new AdmissionScene(2, 0, 600);

  @Test
  void ipxeIsToldWhenToComeBackAndItsPlaceIsKept() {
    Request first = scene.ask("a");
    Request second = scene.ask("b");
    Request ipxe = scene.askAsIpxe("i");
    Request later = scene.ask("c");
    ipxe.is("refused");
    assertTrue(ipxe.seconds >= 1);
    scene.assertCounts(2, 1, 1);
    scene.pass(ipxe.seconds);
    Request again = scene.askAsIpxe("i");
    again.is();
    scene.assertCounts(2, 2, 0);
    first.stream.close();
    again.is("admitted");
    later.is();
    second.stream.close();
    later.is("admitted");
    assertEquals(
        List.of("after 0", "after 0", "COME_BACK", "after " + ipxe.seconds, "after 1"),
        scene.metered);
  }

  @Test
  void ipxeThatCouldNotBeBackForItsTurnIsHeldButNotForLong() {
    Request first = scene.ask(AdmissionScene.request("a", Optional.empty(), new Line(), 100 * MB));
    scene.ask("b");
    Request soon = scene.askAsIpxe("i");
    Request next = scene.askAsIpxe("j");
    soon.is();
    next.is("refused");
    scene.assertCounts(2, 1, 1);
    first.stream.close();
    soon.is("admitted");

    scene = new AdmissionScene(1, 0, 600);
    scene.ask(AdmissionScene.request("a", Optional.empty(), new Line(), 100 * MB));
    Request later = scene.askAsIpxe("i");
    scene.pass(1);
    later.is();
    scene.pass(1);
    later.is("refused");
    scene.assertCounts(1, 0, 1);
  }

  @Test
  void aPlaceIsItsConnectionsWhileThatIsOpenAndTheMachinesAfterwardsFromItsTimeOn() {
    Request first = scene.ask("a");
    scene.ask("b");
    Line one = new Line();
    Line other = new Line();
    Request told = scene.askAsIpxe("same address", one);
    scene.pass(told.seconds);
    scene.askAsIpxe("same address", other).is("refused");
    scene.assertCounts(2, 0, 2);
    Request again = scene.askAsIpxe("same address", one);
    again.is();
    scene.assertCounts(2, 1, 1);
    assertTrue(again.ticket.cancel());
    other.open = false;
    Request early = scene.askAsIpxe("same address", new Line());
    early.is("refused");
    scene.assertCounts(2, 0, 2);
    scene.pass(1);
    Request late = scene.askAsIpxe("same address", new Line());
    late.is();
    scene.assertCounts(2, 1, 1);
    first.stream.close();
    late.is("admitted");
  }

  @Test
  void noSlotStandsEmptyForAClientThatIsAway() {
    Request first = scene.ask("a");
    scene.ask("b");
    scene.pass(2);
    first.stream.sent(400 * MB);
    Request ipxe = scene.askAsIpxe("i");
    assertTrue(ipxe.seconds > 1, "told " + ipxe.seconds);
    first.stream.close();
    Request later = scene.ask("c");
    later.is("admitted");
    later.stream.close();
    scene.askAsIpxe("i").is("admitted");
  }

  @Test
  void ipxeRunsAtOnceWhereThereIsRoomBeforeAndAfterItWasTold() {
    Request first = scene.askAsIpxe("i");
    first.is("admitted");
    Request second = scene.ask("a");
    Request told = scene.askAsIpxe("j");
    second.stream.close();
    Request again = scene.askAsIpxe("j");
    told.is("refused");
    again.is("admitted");
    scene.assertCounts(2, 0, 0);
    assertEquals(List.of("after 0", "after 0", "COME_BACK", "after 0"), scene.metered);
  }

  @Test
  void ipxeThatHasComeBackTooEarlyIsToldAgainInTheEndAndKeepsItsPlace() {
    Request first = scene.ask("a");
    scene.ask("b");
    scene.askAsIpxe("i").is("refused");
    Request again = scene.askAsIpxe("i");
    Request later = scene.ask("c");
    again.is();
    scene.pass(29);
    again.is();
    scene.pass(1);
    again.is("refused");
    assertTrue(again.seconds >= 1);
    scene.assertCounts(2, 1, 1);
    Request third = scene.askAsIpxe("i");
    first.stream.close();
    third.is("admitted");
    later.is();
  }

  @Test
  void thePlaceOfWhoDoesNotComeBackIsForgotten() {
    scene.ask("a");
    scene.ask("b");
    Request told = scene.askAsIpxe("i");
    scene.assertCounts(2, 0, 1);
    scene.pass(told.seconds + 119);
    scene.assertCounts(2, 0, 1);
    scene.pass(1);
    scene.assertCounts(2, 0, 0);
    Request anew = scene.askAsIpxe("i");
    anew.is("refused");
    scene.assertCounts(2, 0, 1);
  }

  @Test
  void aMachineThatAsksForSomethingElseTakesNobodysPlace() {
    scene.ask("a");
    scene.ask("b");
    scene.askAsIpxe("i");
    scene.askAsIpxe("j");
    scene.ask(AdmissionScene.request("k", Optional.of("k"), new Line(), 1000 * MB)).is("refused");
    scene.assertCounts(2, 0, 3);
  }

  @Test
  void aRackThatWasTurnedAwayComesBackEvenlyAndInOrder() {
    scene = new AdmissionScene(1, 0, 600);
    Request running = scene.ask("a");
    // 200 MB/s is what is sent.
    scene.pass(2);
    running.stream.sent(400 * MB);
    for (int i = 0; i < 6; i++) {
      Request told = scene.askAsIpxe("i" + i);
      told.is("refused");
      // 1600 MB are left and each takes 10 s; half of the time, and 2 s less.
      assertEquals(2 + 5 * i, told.seconds);
    }
  }

  @Test
  void thoseWhoseTurnIsFarDoNotComeBackAllAtOnce() {
    scene = new AdmissionScene(1, 0, 600);
    Request running = scene.ask("a");
    scene.pass(10);
    running.stream.sent(1000);
    Map<Integer, Integer> told = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      told.merge(scene.askAsIpxe("i" + i).seconds, 1, Integer::sum);
    }
    assertEquals(30, told.size());
    told.forEach(
        (seconds, machines) -> {
          assertTrue(seconds >= 30 && seconds < 60, "told " + seconds);
          assertEquals(10, machines);
        });
  }

  @Test
  void nobodyIsToldLessThanASecondOrMoreThanAMinute() {
    scene = new AdmissionScene(1, 0, 600);
    Request running = scene.ask("a");
    assertEquals(1, scene.askAsIpxe("i").seconds, "a link that is not measured yet is a fast one");
    scene.pass(10);
    running.stream.sent(1000);
    assertEquals(32, scene.askAsIpxe("j").seconds);
  }

  @Test
  void ipxeWhoseTurnIsFarIsToldAgainInsteadOfBeingHeld() {
    scene = new AdmissionScene(1, 0, 600);
    Request running = scene.ask("a");
    scene.pass(2);
    running.stream.sent(40 * MB);
    Request told = scene.askAsIpxe("i");
    assertEquals(31, told.seconds, "the second to arrive is told no more than that");
    Request early = scene.askAsIpxe("i");
    early.is("refused");
    scene.assertCounts(1, 0, 1);
    running.stream.sent(1940 * MB);
    scene.pass(10);
    Request near = scene.askAsIpxe("i");
    near.is();
    scene.assertCounts(1, 1, 0);
  }
}
