package io.sluice.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankingTest {
  private static Map<String, List<Double>> values() {
    Map<String, List<Double>> values = new LinkedHashMap<>();
    values.put("slow", List.of(10.0, 9.0, 11.0));
    values.put("quick", List.of(100.0, 98.0, 103.0));
    values.put("alike", List.of(93.0, 92.0, 94.0));
    values.put("middle", List.of(40.0, 35.0, 60.0));
    return values;
  }

  private static List<String> ranks(List<Report.Standing.Row> rows) {
    return rows.stream().map(row -> row.rank() + " " + row.target()).toList();
  }

  @Test
  void moreIsBetterForThroughput() {
    assertEquals(
        List.of("1 quick", "1 alike", "2 middle", "3 slow"),
        ranks(Ranking.rank(values(), Measure.THROUGHPUT, null)));
  }

  @Test
  void lessIsBetterForLatency() {
    assertEquals(
        List.of("1 slow", "2 middle", "3 alike", "3 quick"),
        ranks(Ranking.rank(values(), Measure.PROBE_P99, null)));
  }

  @Test
  void whoIsQuickerInSomeRoundsOnlySharesARank() {
    Map<String, List<Double>> values = values();
    values.put("wild", List.of(101.0, 50.0, 60.0));
    assertEquals(
        List.of("1 quick", "1 alike", "1 wild", "2 middle", "3 slow"),
        ranks(Ranking.rank(values, Measure.THROUGHPUT, null)));
  }

  @Test
  void aMachineThatBecomesSlowerForAllOfThemChangesNoRank() {
    Map<String, List<Double>> values = values();
    values.replaceAll((target, rounds) -> List.of(rounds.get(0), rounds.get(1), rounds.get(2) / 3));
    assertEquals(
        ranks(Ranking.rank(values(), Measure.THROUGHPUT, null)),
        ranks(Ranking.rank(values, Measure.THROUGHPUT, null)));
  }

  @Test
  void aRoundInWhichNothingCameIsTheWorstOfItsTarget() {
    Map<String, List<Double>> values = values();
    values.put("quick", List.of(100.0, 0.0, 103.0));
    assertEquals(
        List.of("1 quick", "1 alike", "2 middle", "3 slow"),
        ranks(Ranking.rank(values, Measure.THROUGHPUT, null)));
    values.put("slow", List.of(10.0, 0.0, 11.0));
    assertEquals("1 quick", ranks(Ranking.rank(values, Measure.THROUGHPUT, null)).get(0));
  }

  @Test
  void aTailThatIsNotTwiceAsLongSharesARank() {
    Map<String, List<Double>> values =
        Map.of("short", List.of(1.0, 1.1, 1.2), "longer", List.of(1.9, 1.8, 1.7));
    assertEquals(
        List.of("1 short", "1 longer"), ranks(Ranking.rank(values, Measure.PROBE_P99, null)));
  }

  @Test
  void ratiosAreToTheBaselinesMedian() {
    List<Report.Standing.Row> rows = Ranking.rank(values(), Measure.THROUGHPUT, "middle");
    assertEquals(2.5, rows.get(0).ratio());
    assertEquals(1.0, rows.get(2).ratio());
    assertNull(Ranking.rank(values(), Measure.THROUGHPUT, "gone").get(0).ratio());
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleOnes() {
    assertEquals(new Report.Spread(2.5, 1, 9), Ranking.spread(List.of(9.0, 1.0, 2.0, 3.0)));
    assertEquals(new Report.Spread(0, 0, 0), Ranking.spread(List.of()));
  }
}
