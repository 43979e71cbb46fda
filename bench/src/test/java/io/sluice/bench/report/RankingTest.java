package io.sluice.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankingTest {
  private static Map<String, Report.Spread> values() {
    Map<String, Report.Spread> values = new LinkedHashMap<>();
    values.put("slow", new Report.Spread(10, 9, 11));
    values.put("quick", new Report.Spread(100, 98, 103));
    values.put("alike", new Report.Spread(93, 92, 94));
    values.put("middle", new Report.Spread(50, 40, 60));
    return values;
  }

  private static List<String> ranks(List<Report.Standing.Row> rows) {
    return rows.stream().map(row -> row.rank() + " " + row.target()).toList();
  }

  @Test
  void moreIsBetterForThroughput() {
    assertEquals(
        List.of("1 quick", "1 alike", "2 middle", "3 slow"),
        ranks(Ranking.rank(values(), true, null)));
  }

  @Test
  void lessIsBetterForLatency() {
    assertEquals(
        List.of("1 slow", "2 middle", "3 alike", "3 quick"),
        ranks(Ranking.rank(values(), false, null)));
  }

  @Test
  void overlappingRoundsShareARank() {
    Map<String, Report.Spread> values = values();
    values.put("wild", new Report.Spread(70, 20, 99));
    assertEquals(
        List.of("1 quick", "1 alike", "1 wild", "2 middle", "3 slow"),
        ranks(Ranking.rank(values, true, null)));
  }

  @Test
  void ratiosAreToTheBaselinesMedian() {
    List<Report.Standing.Row> rows = Ranking.rank(values(), true, "middle");
    assertEquals(2.0, rows.get(0).ratio());
    assertEquals(1.0, rows.get(2).ratio());
    assertNull(Ranking.rank(values(), true, "gone").get(0).ratio());
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleOnes() {
    assertEquals(new Report.Spread(2.5, 1, 9), Ranking.spread(List.of(9.0, 1.0, 2.0, 3.0)));
    assertEquals(new Report.Spread(0, 0, 0), Ranking.spread(List.of()));
  }
}
