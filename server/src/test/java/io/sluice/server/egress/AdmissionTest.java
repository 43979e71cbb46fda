package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long MB = 1_000_000;

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel timer = EmbeddedChannel.builder().ticker(clock).build();
  private final List<String> metered = new ArrayList<>();
  private final Map<String, Line> lines = new HashMap<>();
  private Admission admission = admission(2, 0, 600);

  private Admission admission(int streams, int perClient, long waitSeconds) {
    return new Admission(
        new AdmissionLimits(streams, perClient, Duration.ofSeconds(waitSeconds)),
        timer.eventLoop(),
        clock::nanoTime,
        new AdmissionMeter() {
          @Override
          public void admitted(long waitedNanos) {
            metered.add("after " + TimeUnit.NANOSECONDS.toSeconds(waitedNanos));
          }

          @Override
          public void refused(Reason reason) {
            metered.add(reason.toString());
          }
        });
  }

  /** One request, and what became of it. */
  private final class Request implements Admission.Waiter {
    private final List<String> heard = new ArrayList<>();
    private final Admission.Ticket ticket;
    private Admission.Stream stream;
    private int seconds;

    Request(Applicant applicant) {
      ticket = admission.ask(applicant, this);
    }

    @Override
    public void admitted(Admission.Stream admitted) {
      heard.add("admitted");
      stream = admitted;
    }

    @Override
    public void refused(int retryAfter) {
      heard.add("refused");
      seconds = retryAfter;
    }

    void is(String... expected) {
      assertEquals(List.of(expected), heard);
    }
  }

  private static final class Line implements Applicant.Connection {
    private boolean open = true;

    @Override
    public boolean isOpen() {
      return open;
    }
  }

  private Request ask(String client) {
    return new Request(new Applicant(client, Optional.empty(), new Line(), 100 * MB));
  }

  /** As a machine that has an address and a connection of its own. */
  private Request askAsIpxe(String client) {
    return askAsIpxe(client, lines.computeIfAbsent(client, any -> new Line()));
  }

  private Request askAsIpxe(String client, Line line) {
    return new Request(new Applicant(client, Optional.of(client), line, 100 * MB));
  }

  private void pass(long seconds) {
    clock.advance(seconds, TimeUnit.SECONDS);
    timer.runPendingTasks();
  }

  private void assertCounts(int running, int held, int expected) {
    assertEquals(running, admission.running(), "running");
    assertEquals(held, admission.held(), "held");
    assertEquals(expected, admission.expected(), "expected");
  }

  @Test
  void withoutLimitsEverybodyRunsAtOnceAndIsCounted() {
    admission = admission(0, 0, 600);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      requests.add(ask("a"));
    }
    assertCounts(1000, 0, 0);
    for (Request request : requests) {
      request.is("admitted");
      request.stream.close();
    }
    assertCounts(0, 0, 0);
  }

  @Test
  void overTheLimitRequestsAreHeldAndAdmittedInOrderOfArrival() {
    Request first = ask("a");
    Request second = ask("b");
    Request third = ask("c");
    Request fourth = ask("d");
    first.is("admitted");
    second.is("admitted");
    third.is();
    fourth.is();
    assertCounts(2, 2, 0);
    pass(7);
    second.stream.close();
    third.is("admitted");
    fourth.is();
    assertCounts(2, 1, 0);
    first.stream.close();
    fourth.is("admitted");
    assertEquals(List.of("after 0", "after 0", "after 7", "after 7"), metered);
    third.stream.close();
    fourth.stream.close();
    assertCounts(0, 0, 0);
  }

  @Test
  void aStreamThatIsClosedTwiceFreesOnePlace() {
    Request first = ask("a");
    ask("b");
    Request third = ask("c");
    Request fourth = ask("d");
    first.stream.close();
    first.stream.close();
    third.is("admitted");
    fourth.is();
    assertCounts(2, 1, 0);
  }

  @Test
  void whoIsHeldTooLongIsRefusedAndItsPlaceIsGone() {
    admission = admission(1, 0, 60);
    Request running = ask("a");
    Request held = ask("b");
    pass(59);
    held.is();
    pass(1);
    held.is("refused");
    assertTrue(held.seconds >= 1);
    assertCounts(1, 0, 0);
    assertEquals(List.of("after 0", "WAITED_TOO_LONG"), metered);
    assertFalse(held.ticket.cancel());
    running.stream.close();
    held.is("refused");
    assertCounts(0, 0, 0);
  }

  @Test
  void whoWasAdmittedIsNotRefusedWhenItsWaitWouldHaveBeenOver() {
    admission = admission(1, 0, 60);
    Request running = ask("a");
    Request held = ask("b");
    running.stream.close();
    pass(100);
    held.is("admitted");
    assertCounts(1, 0, 0);
  }

  @Test
  void noWaitAtAllIsARefusalAtOnce() {
    admission = admission(1, 0, 0);
    ask("a");
    Request refused = ask("b");
    timer.runPendingTasks();
    refused.is("refused");
  }

  @Test
  void whoIsGoneGivesUpItsPlaceAndHearsOfNothing() {
    Request first = ask("a");
    ask("b");
    Request gone = ask("c");
    Request last = ask("d");
    assertTrue(gone.ticket.cancel());
    assertFalse(gone.ticket.cancel());
    assertCounts(2, 1, 0);
    first.stream.close();
    last.is("admitted");
    pass(1000);
    gone.is();
    assertFalse(last.ticket.cancel(), "it runs, which is ended by its stream");
    assertCounts(2, 0, 0);
  }

  @Test
  void ipxeIsToldWhenToComeBackAndItsPlaceIsKept() {
    Request first = ask("a");
    Request second = ask("b");
    Request ipxe = askAsIpxe("i");
    Request later = ask("c");
    ipxe.is("refused");
    assertTrue(ipxe.seconds >= 1);
    assertCounts(2, 1, 1);
    pass(ipxe.seconds);
    Request again = askAsIpxe("i");
    again.is();
    assertCounts(2, 2, 0);
    first.stream.close();
    again.is("admitted");
    later.is();
    second.stream.close();
    later.is("admitted");
    assertEquals(
        List.of("after 0", "after 0", "COME_BACK", "after " + ipxe.seconds, "after 1"), metered);
  }

  @Test
  void aPlaceIsItsConnectionsWhileThatIsOpenAndTheMachinesAfterwardsFromItsTimeOn() {
    Request first = ask("a");
    ask("b");
    Line one = new Line();
    Line other = new Line();
    Request told = askAsIpxe("same address", one);
    pass(told.seconds);
    askAsIpxe("same address", other).is("refused");
    assertCounts(2, 0, 2);
    Request again = askAsIpxe("same address", one);
    again.is();
    assertCounts(2, 1, 1);
    assertTrue(again.ticket.cancel());
    other.open = false;
    Request early = askAsIpxe("same address", new Line());
    early.is("refused");
    assertCounts(2, 0, 2);
    pass(1);
    Request late = askAsIpxe("same address", new Line());
    late.is();
    assertCounts(2, 1, 1);
    first.stream.close();
    late.is("admitted");
  }

  @Test
  void noPlaceStandsEmptyForSomebodyWhoIsAway() {
    Request first = ask("a");
    ask("b");
    Request ipxe = askAsIpxe("i");
    first.stream.close();
    Request later = ask("c");
    later.is("admitted");
    pass(ipxe.seconds);
    Request again = askAsIpxe("i");
    again.is();
    later.stream.close();
    again.is("admitted");
  }

  @Test
  void ipxeRunsAtOnceWhereThereIsRoomBeforeAndAfterItWasTold() {
    Request first = askAsIpxe("i");
    first.is("admitted");
    Request second = ask("a");
    Request told = askAsIpxe("j");
    second.stream.close();
    Request again = askAsIpxe("j");
    told.is("refused");
    again.is("admitted");
    assertCounts(2, 0, 0);
    assertEquals(List.of("after 0", "after 0", "COME_BACK", "after 0"), metered);
  }

  @Test
  void ipxeThatHasComeBackTooEarlyIsToldAgainInTheEndAndKeepsItsPlace() {
    Request first = ask("a");
    ask("b");
    askAsIpxe("i").is("refused");
    Request again = askAsIpxe("i");
    Request later = ask("c");
    again.is();
    pass(14);
    again.is();
    pass(1);
    again.is("refused");
    assertTrue(again.seconds >= 1);
    assertCounts(2, 1, 1);
    Request third = askAsIpxe("i");
    first.stream.close();
    if (third.heard.isEmpty()) {
      throw new AssertionError("who comes back has a place that is free");
    }
    later.is();
    third.is("admitted");
  }

  @Test
  void thePlaceOfWhoDoesNotComeBackIsForgotten() {
    ask("a");
    ask("b");
    Request told = askAsIpxe("i");
    assertCounts(2, 0, 1);
    pass(told.seconds + 119);
    assertCounts(2, 0, 1);
    pass(1);
    assertCounts(2, 0, 0);
    Request anew = askAsIpxe("i");
    anew.is("refused");
    assertCounts(2, 0, 1);
  }

  @Test
  void aMachineThatAsksForSomethingElseTakesNobodysPlace() {
    ask("a");
    ask("b");
    askAsIpxe("i");
    askAsIpxe("j");
    new Request(new Applicant("k", Optional.of("k"), new Line(), MB)).is("refused");
    assertCounts(2, 0, 3);
  }

  @Test
  void aRackThatWasTurnedAwayComesBackEvenlyAndInOrder() {
    admission = admission(1, 0, 600);
    Request running = ask("a");
    // 10 MB/s is what is sent, and a hundred more are to come.
    pass(2);
    running.stream.sent(20 * MB);
    for (int i = 0; i < 6; i++) {
      Request told = askAsIpxe("i" + i);
      told.is("refused");
      // 80 MB are left and each takes 10 s; half of the time, and 2 s less.
      assertEquals(2 + 5 * i, told.seconds);
    }
  }

  @Test
  void thoseWhoseTurnIsFarDoNotComeBackAllAtOnce() {
    admission = admission(1, 0, 600);
    Request running = ask("a");
    pass(10);
    running.stream.sent(1000);
    Map<Integer, Integer> told = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      told.merge(askAsIpxe("i" + i).seconds, 1, Integer::sum);
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
    admission = admission(1, 0, 600);
    Request running = ask("a");
    assertEquals(1, askAsIpxe("i").seconds, "a link that is not measured yet is a fast one");
    pass(10);
    running.stream.sent(1000);
    assertEquals(32, askAsIpxe("j").seconds);
  }

  @Test
  void ipxeWhoseTurnIsFarIsToldAgainInsteadOfBeingHeld() {
    admission = admission(1, 0, 600);
    Request running = ask("a");
    pass(2);
    running.stream.sent(2 * MB);
    Request told = askAsIpxe("i");
    assertEquals(31, told.seconds, "the second to arrive is told no more than that");
    Request early = askAsIpxe("i");
    early.is("refused");
    assertCounts(1, 0, 1);
    running.stream.sent(97 * MB);
    pass(10);
    Request near = askAsIpxe("i");
    near.is();
    assertCounts(1, 1, 0);
  }

  @Test
  void aClientAtItsOwnLimitWaitsWhileOthersPass() {
    admission = admission(3, 1, 600);
    Request one = ask("a");
    Request two = ask("a");
    Request three = ask("a");
    Request other = ask("b");
    one.is("admitted");
    two.is();
    other.is("admitted");
    assertCounts(2, 2, 0);
    other.stream.close();
    two.is();
    one.stream.close();
    two.is("admitted");
    three.is();
    Request third = ask("c");
    third.is("admitted");
    two.stream.close();
    three.is("admitted");
    assertCounts(2, 0, 0);
  }

  @Test
  void aLimitForEachClientNeedsNoneForAll() {
    admission = admission(0, 2, 600);
    for (int i = 0; i < 100; i++) {
      ask("client-" + i).is("admitted");
      ask("client-" + i).is("admitted");
      ask("client-" + i).is();
    }
    assertCounts(200, 100, 0);
  }

  @Test
  void atTheEndWhoeverWaitsIsTurnedAwayAndWhoRunsMayFinish() {
    Request first = ask("a");
    ask("b");
    Request held = ask("c");
    Request told = askAsIpxe("i");
    admission.close();
    held.is("refused");
    assertTrue(held.seconds >= 1);
    told.is("refused");
    assertCounts(2, 0, 0);
    first.stream.close();
    Request late = ask("d");
    late.is("refused");
    askAsIpxe("i").is("refused");
    assertCounts(1, 0, 0);
    pass(1000);
    held.is("refused");
    assertEquals(
        List.of("after 0", "after 0", "COME_BACK", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"), metered);
    assertFalse(held.ticket.cancel());
  }

  @Test
  void manyThreadsAtOnceNeverExceedTheLimitAndAllAreServed() throws Exception {
    int limit = 5;
    ScheduledExecutorService waits = Executors.newSingleThreadScheduledExecutor();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch served = new CountDownLatch(8 * 500);
    Admission busy =
        new Admission(
            new AdmissionLimits(limit, 2, Duration.ofMinutes(5)),
            waits,
            System::nanoTime,
            new AdmissionMeter() {
              @Override
              public void admitted(long waitedNanos) {}

              @Override
              public void refused(Reason reason) {}
            });
    for (int i = 0; i < 8 * 500; i++) {
      Applicant applicant = new Applicant(i % 7, Optional.empty(), () -> true, MB);
      threads.execute(
          () ->
              busy.ask(
                  applicant,
                  new Admission.Waiter() {
                    @Override
                    public void admitted(Admission.Stream stream) {
                      most.accumulateAndGet(running.incrementAndGet(), Math::max);
                      threads.execute(
                          () -> {
                            stream.sent(MB);
                            running.decrementAndGet();
                            stream.close();
                            served.countDown();
                          });
                    }

                    @Override
                    public void refused(int seconds) {
                      throw new AssertionError("refused");
                    }
                  }));
    }
    assertTrue(served.await(60, TimeUnit.SECONDS), served.getCount() + " are not served");
    threads.shutdown();
    waits.shutdown();
    assertTrue(most.get() <= limit, "ran at once: " + most);
    assertEquals(0, busy.running());
    assertEquals(0, busy.held());
  }

  @Test
  void whatIsOverLeavesNothingInTheTimer() {
    admission = admission(1, 0, 600);
    for (int i = 0; i < 100; i++) {
      Request running = ask("a");
      Request held = ask("b");
      Request gone = ask("c");
      gone.ticket.cancel();
      running.stream.close();
      held.stream.close();
    }
    assertCounts(0, 0, 0);
    assertEquals(-1, timer.runScheduledPendingTasks(), "no task is scheduled any more");
  }
}
