package io.sluice.bench.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.bench.arrivals.Arrivals;
import org.junit.jupiter.api.Test;

class ForecastTest {
  private static final long TEN_GBIT = 1_250_000_000;
  private static final MeasuredServer FAST = new MeasuredServer("fast", 64, 5e9, 60e6, 250, null);

  private static Forecast ask(long machineRate, String arrivals, MeasuredServer server) {
    return Forecast.of(
        new Question(200, 8_000_000_000L, TEN_GBIT, machineRate, Arrivals.parse(arrivals)), server);
  }

  @Test
  void tenGigabitLimitAServerThatSendsForty() {
    Forecast forecast = ask(0, "all", FAST);
    assertEquals("the link", forecast.limit().name());
    assertEquals(200 * 8.06e9 / (1.25e9 * 1448 / 1538) + 0.25, forecast.seconds(), 0.01);
  }

  @Test
  void aServerSlowerThanTheLinkLimits() {
    Forecast forecast =
        ask(0, "all", new MeasuredServer("slow", 64, 5e8, 0, 0, "its machines were bounded there"));
    assertEquals("the server", forecast.limit().name());
    assertEquals(3200, forecast.seconds(), 0.01);
    assertTrue(forecast.limit().assumption().contains("may be faster"));
  }

  @Test
  void slowMachinesLimit() {
    assertEquals("a machine's own speed", ask(1_000_000, "all", FAST).limit().name());
  }

  @Test
  void lateArrivalsLimit() {
    assertEquals("the arrivals", ask(0, "rate:1/m", FAST).limit().name());
  }
}
