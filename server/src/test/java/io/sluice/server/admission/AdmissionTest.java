package io.sluice.server.admission;

import static io.sluice.server.admission.AdmissionScene.MB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.admission.AdmissionScene.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private AdmissionScene scene = new AdmissionScene(2, 0, 600);

  @Test
  void withoutLimitsEverybodyRunsAtOnceAndIsCounted() {
    scene = new AdmissionScene(0, 0, 600);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      requests.add(scene.ask("a"));
    }
    scene.assertCounts(1000, 0, 0);
    for (Request request : requests) {
      request.is("admitted");
      request.stream.close();
    }
    scene.assertCounts(0, 0, 0);
  }

  @Test
  void overTheLimitRequestsAreHeldAndAdmittedInOrderOfArrival() {
    Request first = scene.ask("a");
    Request second = scene.ask("b");
    Request third = scene.ask("c");
    Request fourth = scene.ask("d");
    first.is("admitted");
    second.is("admitted");
    third.is();
    fourth.is();
    scene.assertCounts(2, 2, 0);
    scene.pass(7);
    second.stream.close();
    third.is("admitted");
    fourth.is();
    scene.assertCounts(2, 1, 0);
    first.stream.close();
    fourth.is("admitted");
    assertEquals(List.of("after 0", "after 0", "after 7", "after 7"), scene.metered);
    third.stream.close();
    fourth.stream.close();
    scene.assertCounts(0, 0, 0);
  }

  @Test
  void aStreamThatIsClosedTwiceFreesOnePlace() {
    Request first = scene.ask("a");
    scene.ask("b");
    Request third = scene.ask("c");
    Request fourth = scene.ask("d");
    first.stream.close();
    first.stream.close();
    third.is("admitted");
    fourth.is();
    scene.assertCounts(2, 1, 0);
  }

  @Test
  void whoIsHeldTooLongIsRefusedAndItsPlaceIsGone() {
    scene = new AdmissionScene(1, 0, 60);
    Request running = scene.ask("a");
    Request held = scene.ask("b");
    scene.pass(59);
    held.is();
    scene.pass(1);
    held.is("refused");
    assertTrue(held.seconds >= 1);
    scene.assertCounts(1, 0, 0);
    assertEquals(List.of("after 0", "WAITED_TOO_LONG"), scene.metered);
    assertFalse(held.ticket.cancel());
    running.stream.close();
    held.is("refused");
    scene.assertCounts(0, 0, 0);
  }

  @Test
  void whoWasAdmittedIsNotRefusedWhenItsWaitWouldHaveBeenOver() {
    scene = new AdmissionScene(1, 0, 60);
    Request running = scene.ask("a");
    Request held = scene.ask("b");
    running.stream.close();
    scene.pass(100);
    held.is("admitted");
    scene.assertCounts(1, 0, 0);
  }

  @Test
  void noWaitAtAllIsARefusalAtOnce() {
    scene = new AdmissionScene(1, 0, 0);
    scene.ask("a");
    Request refused = scene.ask("b");
    scene.timer.runPendingTasks();
    refused.is("refused");
  }

  @Test
  void whoIsGoneGivesUpItsPlaceAndHearsOfNothing() {
    Request first = scene.ask("a");
    scene.ask("b");
    Request gone = scene.ask("c");
    Request last = scene.ask("d");
    assertTrue(gone.ticket.cancel());
    assertFalse(gone.ticket.cancel());
    scene.assertCounts(2, 1, 0);
    first.stream.close();
    last.is("admitted");
    scene.pass(1000);
    gone.is();
    assertFalse(last.ticket.cancel(), "it runs, which is ended by its stream");
    scene.assertCounts(2, 0, 0);
  }

  @Test
  void aClientAtItsOwnLimitWaitsWhileOthersPass() {
    scene = new AdmissionScene(3, 1, 600);
    Request one = scene.ask("a");
    Request two = scene.ask("a");
    Request three = scene.ask("a");
    Request other = scene.ask("b");
    one.is("admitted");
    two.is();
    other.is("admitted");
    scene.assertCounts(2, 2, 0);
    other.stream.close();
    two.is();
    one.stream.close();
    two.is("admitted");
    three.is();
    Request third = scene.ask("c");
    third.is("admitted");
    two.stream.close();
    three.is("admitted");
    scene.assertCounts(2, 0, 0);
  }

  @Test
  void aLimitForEachClientNeedsNoneForAll() {
    scene = new AdmissionScene(0, 2, 600);
    for (int i = 0; i < 100; i++) {
      scene.ask("client-" + i).is("admitted");
      scene.ask("client-" + i).is("admitted");
      scene.ask("client-" + i).is();
    }
    scene.assertCounts(200, 100, 0);
  }

  @Test
  void atTheEndWhoeverWaitsIsTurnedAwayAndWhoRunsMayFinish() {
    Request first = scene.ask("a");
    scene.ask("b");
    Request held = scene.ask("c");
    Request told = scene.askAsIpxe("i");
    scene.admission.close();
    held.is("refused");
    assertTrue(held.seconds >= 1);
    told.is("refused");
    scene.assertCounts(2, 0, 0);
    first.stream.close();
    Request late = scene.ask("d");
    late.is("refused");
    scene.askAsIpxe("i").is("refused");
    scene.assertCounts(1, 0, 0);
    scene.pass(1000);
    held.is("refused");
    assertEquals(
        List.of("after 0", "after 0", "COME_BACK", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"),
        scene.metered);
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
      StreamRequest applicant =
          AdmissionScene.request("" + i % 7, Optional.empty(), () -> true, MB);
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
    scene = new AdmissionScene(1, 0, 600);
    for (int i = 0; i < 100; i++) {
      Request running = scene.ask("a");
      Request held = scene.ask("b");
      Request gone = scene.ask("c");
      gone.ticket.cancel();
      running.stream.close();
      held.stream.close();
    }
    scene.assertCounts(0, 0, 0);
    assertEquals(-1, scene.timer.runScheduledPendingTasks(), "no task is scheduled any more");
  }
}
