package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ControlLoopYieldTest {
  private final MockTicker ticker = Ticker.newMockTicker();
  private long answered;
  private int offers;
  private long takenMicros;
  private boolean answers;
  private final ControlLoopYield controlLoopYield =
      new ControlLoopYield(() -> answered, ticker, this::offer);

  /** One that nobody is interested in. */
  static ControlLoopYield none() {
    return new ControlLoopYield(() -> 0, Ticker.systemTicker(), () -> {});
  }

  private void offer() {
    offers++;
    ticker.advance(takenMicros, TimeUnit.MICROSECONDS);
    if (answers) {
      answered++;
    }
  }

  /** So many turns, each of a tenth of a millisecond; gives the offers after them. */
  private int offersIn(int turns) {
    offers = 0;
    for (int turn = 0; turn < turns; turn++) {
      ticker.advance(100, TimeUnit.MICROSECONDS);
      controlLoopYield.offer();
    }
    return offers;
  }

  @Test
  void anOfferThatNobodyTakesComesAfterEachTurn() {
    assertEquals(50, offersIn(50));
  }

  @Test
  void thoseWhoAnswerAreOfferedTheProcessorAfterEachTurnHoweverMuchTheyTake() {
    answers = true;
    takenMicros = 3000;
    assertEquals(50, offersIn(50));
  }

  @Test
  void whoTakesItForShortIsOfferedItAfterEachTurn() {
    takenMicros = 500;
    assertEquals(50, offersIn(50));
  }

  @Test
  void whoComputesForLongGetsHalfOfIt() {
    takenMicros = 2900;
    assertEquals(2, offersIn(31));
    assertEquals(1, offersIn(29));
  }

  @Test
  void whenWhoComputedIsDoneThereAreOffersAgain() {
    takenMicros = 2900;
    assertEquals(1, offersIn(1));
    takenMicros = 0;
    assertEquals(22, offersIn(50));
  }
}
