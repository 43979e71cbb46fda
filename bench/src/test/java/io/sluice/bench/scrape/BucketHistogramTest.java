package io.sluice.bench.scrape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BucketHistogramTest {
  private static final String PAGE =
      """
      # HELP d_seconds with a { brace
      # TYPE d_seconds histogram
      d_seconds_bucket{endpoint="boot",le="0.1"} 10
      d_seconds_bucket{endpoint="boot",le="0.2"} 30
      d_seconds_bucket{endpoint="boot",le="+Inf"} 40
      d_seconds_bucket{endpoint="im\\"age",le="0.1"} 7
      d_seconds_bucket{endpoint="im\\"age",le="+Inf"} 7
      d_seconds_sum{endpoint="boot"} 3.5
      broken line
      up 1 1700000000000
      """;

  private final List<PrometheusText.Sample> samples = PrometheusText.parse(PAGE);

  @Test
  void quantilesAreOnAStraightLineThroughTheirBucket() {
    BucketHistogram boot = BucketHistogram.select(samples, "d_seconds{endpoint=\"boot\"}");
    assertEquals(40, boot.count());
    assertEquals(0.15, boot.quantile(0.5), 1e-9);
    assertEquals(0.05, boot.quantile(0.125), 1e-9);
  }

  @Test
  void theLastBucketGivesItsLowerBound() {
    assertEquals(
        0.2, BucketHistogram.select(samples, "d_seconds{endpoint=\"boot\"}").quantile(0.99));
  }

  @Test
  void aSelectorWithoutLabelsAddsUpAllSeries() {
    assertEquals(47, BucketHistogram.select(samples, "d_seconds").count());
  }

  @Test
  void anEscapedLabelIsFound() {
    assertEquals(7, BucketHistogram.select(samples, "d_seconds{endpoint=\"im\\\"age\"}").count());
  }

  @Test
  void onlyWhatCameSinceTheEarlierReadingCounts() {
    BucketHistogram now = BucketHistogram.select(samples, "d_seconds{endpoint=\"boot\"}");
    assertEquals(0, now.since(now).count());
  }

  @Test
  void anUnknownHistogramIsEmpty() {
    assertEquals(0, BucketHistogram.select(samples, "e_seconds").count());
    assertEquals(0, BucketHistogram.select(samples, "e_seconds").quantile(0.5));
  }

  @Test
  void linesThatAreNoneArePassedOver() {
    assertTrue(samples.stream().anyMatch(s -> s.name().equals("up") && s.value() == 1));
    assertEquals(7, samples.size());
  }
}
