package io.sluice.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class ReadPacePropertyTest {
  @Property(tries = 300)
  void howeverTheBytesComeTheyTakeAsLongAsTheRateSays(
      @ForAll @LongRange(min = 10_000, max = 1_000_000_000) long rate,
      @ForAll @IntRange(min = 1, max = 262_144) int chunk,
      @ForAll @IntRange(min = 1, max = 200) int reads) {
    ReadPace pace = new ReadPace(rate);
    long now = 1_000;
    for (int i = 0; i < reads; i++) {
      now += pace.busyNanosAfter(chunk, now);
    }
    double expected = (double) reads * chunk / rate * 1e9;
    assertEquals(expected, (double) (now - 1_000), reads + 1);
  }

  @Property(tries = 100)
  void lateTimersAreMadeGoodForButNotBeyondTheBound(
      @ForAll @LongRange(min = 0, max = 10_000_000_000L) long late) {
    ReadPace pace = new ReadPace(1_000_000_000);
    long busy = pace.busyNanosAfter(500_000_000, 0);
    assertEquals(500_000_000, busy);
    long next = pace.busyNanosAfter(500_000_000, busy + late);
    long madeGood = Math.min(late, ReadPace.CATCH_UP_NANOS);
    assertEquals(500_000_000 - madeGood, next);
  }
}
