package io.sluice.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionForecastTest {
  private static final long MB = 1_000_000;

  private final AtomicLong now = new AtomicLong();

  private AdmissionForecast forecast(int slots) {
    return new AdmissionForecast(slots, now::get);
  }

  private void pass(double seconds) {
    now.addAndGet((long) (seconds * TimeUnit.SECONDS.toNanos(1)));
  }

  private static void assertSeconds(double expected, long nanos) {
    assertEquals(expected, nanos / 1e9, 0.001);
  }

  @Test
  void aServerThatHasNotSentAnythingYetIsTakenForAFastOne() {
    AdmissionForecast forecast = forecast(1);
    forecast.begun(1250 * MB);
    assertSeconds(1, forecast.nanosUntilSlot(List.of()));
    assertSeconds(3, forecast.nanosUntilSlot(List.of(2500 * MB)));
  }

  @Test
  void theFirstTwoSecondsSayNothingOfTheRate() {
    AdmissionForecast forecast = forecast(1);
    AdmissionForecast.Running running = forecast.begun(1270 * MB);
    pass(1.9);
    running.sent(20 * MB);
    assertSeconds(1, forecast.nanosUntilSlot(List.of()));
    pass(0.6);
    assertSeconds(156.25, forecast.nanosUntilSlot(List.of()));
  }

  @Test
  void theNextSlotIsWhenWhatIsLeftIsSentAtTheRateOfTheLastSeconds() {
    AdmissionForecast forecast = forecast(1);
    AdmissionForecast.Running running = forecast.begun(100 * MB);
    pass(2);
    running.sent(20 * MB);
    assertSeconds(8, forecast.nanosUntilSlot(List.of()));
    assertSeconds(8 + 5 + 2, forecast.nanosUntilSlot(List.of(50 * MB, 20 * MB)));
  }

  @Test
  void theSlotsShareTheRateAndTheFirstToEndIsTheNext() {
    AdmissionForecast forecast = forecast(2);
    AdmissionForecast.Running first = forecast.begun(100 * MB);
    AdmissionForecast.Running second = forecast.begun(40 * MB);
    pass(2);
    first.sent(20 * MB);
    second.sent(20 * MB);
    // 10 MB/s each: 80 MB and 20 MB are left.
    assertSeconds(2, forecast.nanosUntilSlot(List.of()));
    assertSeconds(2 + 2, forecast.nanosUntilSlot(List.of(20 * MB)));
    assertSeconds(8, forecast.nanosUntilSlot(List.of(500 * MB)));
  }

  @Test
  void aSlotThatIsFreeIsFreeNow() {
    AdmissionForecast forecast = forecast(2);
    forecast.begun(100 * MB);
    assertEquals(0, forecast.nanosUntilSlot(List.of()));
    assertTrue(forecast.nanosUntilSlot(List.of(100 * MB)) > 0);
  }

  @Test
  void withoutANumberOfSlotsThereAreAsManyAsTransfersRun() {
    AdmissionForecast forecast = forecast(0);
    assertEquals(0, forecast.nanosUntilSlot(List.of()), "nothing runs");
    AdmissionForecast.Running first = forecast.begun(20 * MB);
    forecast.begun(20 * MB);
    pass(2);
    first.sent(10 * MB);
    assertSeconds(4, forecast.nanosUntilSlot(List.of()));
  }

  @Test
  void theRateIsThatOfTheLastTenSecondsAndKnowsOfTransfersThatHaveEnded() {
    AdmissionForecast forecast = forecast(2);
    AdmissionForecast.Running fast = forecast.begun(1000 * MB);
    AdmissionForecast.Running slow = forecast.begun(1000 * MB);
    for (int second = 0; second < 10; second++) {
      fast.sent(99 * MB);
      slow.sent(MB);
      pass(1);
      forecast.nanosUntilSlot(List.of());
    }
    // 100 MB/s: 10 MB and 990 MB are left.
    assertSeconds(0.2, forecast.nanosUntilSlot(List.of()));
    fast.sent(10 * MB);
    forecast.ended(fast);
    for (int second = 0; second < 20; second++) {
      slow.sent(2 * MB);
      pass(1);
      forecast.nanosUntilSlot(List.of());
    }
    // 2 MB/s, of which each of the two slots is taken to have one.
    assertSeconds(950, forecast.nanosUntilSlot(List.of(5000 * MB)));
  }

  @Test
  void timesInWhichNothingRunsAreNoMeasureOfTheRate() {
    AdmissionForecast forecast = forecast(1);
    AdmissionForecast.Running first = forecast.begun(20 * MB);
    pass(2);
    first.sent(20 * MB);
    forecast.ended(first);
    pass(1000);
    forecast.begun(100 * MB);
    assertSeconds(10, forecast.nanosUntilSlot(List.of()));
  }

  @Test
  void whatSendsNothingLeavesTheRateThatWasKnown() {
    AdmissionForecast forecast = forecast(1);
    AdmissionForecast.Running running = forecast.begun(100 * MB);
    pass(2);
    running.sent(20 * MB);
    assertSeconds(8, forecast.nanosUntilSlot(List.of()));
    pass(100);
    assertSeconds(8, forecast.nanosUntilSlot(List.of()));
    pass(100);
    assertSeconds(8, forecast.nanosUntilSlot(List.of()));
  }

  @Test
  void aLongQueueIsForecastAsAMeanAndStillInOrder() {
    AdmissionForecast forecast = forecast(4);
    for (int i = 0; i < 4; i++) {
      forecast.begun(1250 * MB);
    }
    long before = -1;
    for (int waiting = 0; waiting < 1000; waiting += 10) {
      long nanos = forecast.nanosUntilSlot(Collections.nCopies(waiting, 1250 * MB));
      assertTrue(nanos >= before, waiting + " before it");
      // Four at a time take four seconds.
      assertEquals(4 + waiting, nanos / 1e9, 4);
      before = nanos;
    }
  }

  @Test
  void moreThanWasAnnouncedIsNothingLeft() {
    AdmissionForecast forecast = forecast(1);
    AdmissionForecast.Running running = forecast.begun(10);
    running.sent(20);
    assertEquals(0, forecast.nanosUntilSlot(List.of()));
  }
}
