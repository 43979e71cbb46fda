package io.sluice.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionQueueTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);
  private final AdmissionQueue<Object> line = new AdmissionQueue<>(now::get);

  /** A connection that is open until a test closes it. */
  private static final class Wire implements StreamRequest.Connection {
    private boolean open = true;

    @Override
    public boolean isOpen() {
      return open;
    }
  }

  private static StreamRequest ipxe(String key, Wire wire) {
    return AdmissionScene.request("10.0.0.1", Optional.of(key), wire, 100);
  }

  private static StreamRequest other(long bytes) {
    return AdmissionScene.request("10.0.0.1", Optional.empty(), new Wire(), bytes);
  }

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private AdmissionQueue<Object>.Entry told(StreamRequest applicant, int seconds) {
    AdmissionQueue<Object>.Entry place = line.placeOf(applicant);
    line.stay(place);
    place.expect(seconds);
    return place;
  }

  private AdmissionQueue<Object>.Entry held(StreamRequest applicant, Object waiter, long millis) {
    AdmissionQueue<Object>.Entry place = line.placeOf(applicant);
    line.stay(place);
    place.hold(waiter, TimeUnit.MILLISECONDS.toNanos(millis));
    return place;
  }

  @Test
  void aPlaceThatDoesNotStayIsNotInTheLine() {
    line.placeOf(other(1));
    assertEquals(List.of(), line.held());
    assertEquals(0, line.expected());
  }

  @Test
  void whoStaysIsInOrderOfArrivalAndHasTheBytesOfAllBeforeIt() {
    AdmissionQueue<Object>.Entry first = held(other(1), new Object(), 1);
    AdmissionQueue<Object>.Entry second = told(ipxe("i", new Wire()), 5);
    AdmissionQueue<Object>.Entry third = held(other(3), new Object(), 1);
    assertTrue(first.number() < second.number() && second.number() < third.number());
    assertEquals(List.of(first, third), line.held());
    assertEquals(List.of(first), line.heldBefore(third).toList());
    assertEquals(List.of(1L, 100L), line.bytesBefore(third));
    assertEquals(1, line.expected());
  }

  @Test
  void whoComesBackOverItsConnectionHasItsPlaceEvenTooEarlyAndWithOtherBytes() {
    Wire wire = new Wire();
    AdmissionQueue<Object>.Entry place = told(ipxe("i", wire), 60);
    held(other(7), new Object(), 1);
    pass(10);
    StreamRequest now = AdmissionScene.request("10.0.0.1", Optional.of("i"), wire, 7);
    assertSame(place, line.placeOf(now));
    assertSame(now, place.applicant());
    assertTrue(line.stay(place), "it was there already");
    assertEquals(TimeUnit.MILLISECONDS.toNanos(10), place.waitedNanos());
  }

  @Test
  void anotherImageOverTheSameConnectionIsAnotherPlace() {
    Wire wire = new Wire();
    AdmissionQueue<Object>.Entry place = told(ipxe("i", wire), 1);
    pass(1000);
    AdmissionQueue<Object>.Entry another = line.placeOf(ipxe("j", wire));
    assertNotSame(place, another);
    assertFalse(line.stay(another));
  }

  @Test
  void aPlaceIsNobodyElsesWhileItsConnectionIsOpen() {
    AdmissionQueue<Object>.Entry place = told(ipxe("i", new Wire()), 1);
    pass(60_000);
    assertNotSame(place, line.placeOf(ipxe("i", new Wire())));
  }

  @Test
  void aClosedConnectionsPlaceIsForWhoeverComesBackInItsTime() {
    Wire wire = new Wire();
    AdmissionQueue<Object>.Entry place = told(ipxe("i", wire), 2);
    wire.open = false;
    pass(1997);
    assertNotSame(place, line.placeOf(ipxe("i", new Wire())), "too early");
    pass(1);
    assertSame(place, line.placeOf(ipxe("i", new Wire())), "clocks differ by a thousandth");
  }

  @Test
  void whoHasAPlaceOfItsOwnTakesNobodyElses() {
    Wire gone = new Wire();
    Wire here = new Wire();
    AdmissionQueue<Object>.Entry first = told(ipxe("i", gone), 1);
    AdmissionQueue<Object>.Entry second = told(ipxe("i", here), 1);
    gone.open = false;
    pass(1000);
    assertSame(second, line.placeOf(ipxe("i", here)));
    assertSame(first, line.placeOf(ipxe("i", new Wire())));
  }

  @Test
  void whoIsHeldHasAPlaceThatIsKeptForNobody() {
    Wire wire = new Wire();
    AdmissionQueue<Object>.Entry place = held(ipxe("i", wire), new Object(), 60_000);
    assertNotSame(place, line.placeOf(ipxe("i", wire)));
    wire.open = false;
    assertNotSame(place, line.placeOf(ipxe("i", new Wire())));
  }

  @Test
  void whoDoesNotComeBackHasNoPlace() {
    Wire wire = new Wire();
    StreamRequest anybody = AdmissionScene.request("10.0.0.1", Optional.empty(), wire, 1);
    AdmissionQueue<Object>.Entry place = held(anybody, new Object(), 1);
    place.expect(1);
    pass(1000);
    assertNotSame(place, line.placeOf(anybody));
  }

  @Test
  void aPlaceIsForgottenTwoMinutesAfterItsTime() {
    Wire wire = new Wire();
    AdmissionQueue<Object>.Entry place = told(ipxe("i", wire), 2);
    pass(121_999);
    assertEquals(1, line.expected());
    pass(1);
    assertEquals(0, line.expected());
    assertNotSame(place, line.placeOf(ipxe("i", wire)));
    assertEquals(List.of(), line.bytesBefore(line.placeOf(other(1))), "it is not in the line");
  }

  @Test
  void whoIsHeldIsNotForgottenHoweverLong() {
    AdmissionQueue<Object>.Entry place = held(other(1), new Object(), 1000);
    pass(999);
    assertFalse(place.isOver());
    pass(1);
    assertTrue(place.isOver());
    pass(1_000_000);
    line.placeOf(other(2));
    assertEquals(List.of(place), line.held());
  }

  @Test
  void aWaitEndsOnceWithItsTaskCalledOff() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Object waiter = new Object();
    AdmissionQueue<Object>.Entry place = line.placeOf(ipxe("i", new Wire()));
    line.stay(place);
    place.hold(waiter, 1);
    place.atEnd(end);
    assertTrue(place.isHeldFor(waiter));
    assertFalse(place.isHeldFor(new Object()));
    place.expect(5);
    assertTrue(end.isCancelled());
    assertFalse(place.isHeldFor(waiter));
    CompletableFuture<Void> again = new CompletableFuture<>();
    place.hold(waiter, 1);
    place.atEnd(again);
    line.leave(place);
    assertTrue(again.isCancelled());
    assertEquals(Optional.empty(), place.held());
    assertEquals(List.of(), line.held());
  }

  @Test
  void atTheEndEverybodyIsForgotten() {
    told(ipxe("i", new Wire()), 5);
    held(other(1), new Object(), 1000);
    line.clear();
    assertEquals(0, line.expected());
    assertEquals(List.of(), line.held());
  }
}
