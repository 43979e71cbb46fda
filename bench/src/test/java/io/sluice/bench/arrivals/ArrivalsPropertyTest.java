package io.sluice.bench.arrivals;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class ArrivalsPropertyTest {
  @Property(tries = 200)
  void noPatternEverGoesBackInTime(
      @ForAll @IntRange(min = 1, max = 3000) int machines,
      @ForAll @DoubleRange(min = 0.5, max = 500) double rate,
      @ForAll long seed) {
    for (String pattern : new String[] {"all", "rate:" + rate, "poisson:" + rate}) {
      assertRises(Arrivals.parse(pattern).offsetsNanos(machines, seed));
    }
  }

  @Property(tries = 200)
  void aRampNeverGoesBackWhetherItRisesOrFalls(
      @ForAll @IntRange(min = 1, max = 3000) int machines,
      @ForAll @IntRange(min = 0, max = 100) int from,
      @ForAll @IntRange(min = 1, max = 100) int to,
      @ForAll @IntRange(min = 1, max = 60) int seconds) {
    String pattern = "ramp:" + from + "-" + to + "/s:" + seconds + "s";
    assertRises(Arrivals.parse(pattern).offsetsNanos(machines, 1));
  }

  @Property(tries = 100)
  void aFixedRatePutsMachinesAtEqualDistances(
      @ForAll @IntRange(min = 2, max = 1000) int machines,
      @ForAll @IntRange(min = 1, max = 1000) int rate) {
    long[] offsets = Arrivals.parse("rate:" + rate + "/s").offsetsNanos(machines, 1);
    assertEquals(1e9 * (machines - 1) / rate, (double) offsets[machines - 1], 1);
  }

  @Property(tries = 20)
  void poissonArrivalsHaveTheirMeanRateAndRepeatWithTheirSeed(@ForAll long seed) {
    Arrivals poisson = Arrivals.parse("poisson:100/s");
    long[] offsets = poisson.offsetsNanos(20_000, seed);
    assertEquals(200, offsets[19_999] / 1e9, 8);
    assertArrayEquals(offsets, poisson.offsetsNanos(20_000, seed));
  }

  @Example
  void aRampFrom0To100In10SecondsHas500MachinesThen100ASecond() {
    long[] offsets = Arrivals.parse("ramp:0-100/s:10s").offsetsNanos(701, 1);
    assertEquals(10.0, offsets[500] / 1e9, 0.001);
    assertEquals(12.0, offsets[700] / 1e9, 0.001);
    assertEquals(5.0, offsets[125] / 1e9, 0.001);
  }

  @Example
  void whatIsNoPatternIsRefusedWithWhatWasExpected() {
    for (String wrong : new String[] {"", "some", "rate", "rate:0/s", "ramp:1-0/s:3s", "all:3"}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Arrivals.parse(wrong), wrong);
      assertTrue(String.valueOf(refused.getMessage()).contains("expected"), wrong);
    }
  }

  private static void assertRises(long[] offsets) {
    assertTrue(offsets[0] >= 0);
    for (int i = 1; i < offsets.length; i++) {
      assertTrue(offsets[i] >= offsets[i - 1], i + " of " + offsets.length);
    }
  }
}
