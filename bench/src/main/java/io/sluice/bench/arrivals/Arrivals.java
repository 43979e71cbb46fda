package io.sluice.bench.arrivals;

import io.sluice.bench.units.Frequency;
import io.sluice.bench.units.TimeSpan;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A pattern of arrivals: when each of a number of machines is switched on. */
public sealed interface Arrivals {
  /**
   * When machine 0, 1, … is switched on: nanoseconds after the storm's beginning, never falling.
   *
   * @param machines at least 1
   * @param seed the same seed gives the same times
   */
  long[] offsetsNanos(int machines, long seed);

  /**
   * Reads {@code all}, {@code rate:N/s}, {@code poisson:N/s} or {@code ramp:N-M/s:TIME}.
   *
   * @throws IllegalArgumentException when the text is none of these
   */
  static Arrivals parse(String text) {
    String[] parts = text.strip().split(":", 2);
    Arrivals parsed =
        switch (parts[0]) {
          case "all" -> parts.length == 1 ? new AllAtOnce() : null;
          case "rate" -> parts.length == 2 ? new FixedRate(frequency(parts[1])) : null;
          case "poisson" -> parts.length == 2 ? new Poisson(frequency(parts[1])) : null;
          case "ramp" -> parts.length == 2 ? Ramp.parse(parts[1]) : null;
          default -> null;
        };
    if (parsed == null) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' (expected: all, rate:N/s, poisson:N/s or ramp:N-M/s:TIME, as ramp:1-50/s:30s)");
    }
    return parsed;
  }

  private static double frequency(String text) {
    double perSecond = Frequency.parse(text).perSecond();
    if (perSecond <= 0) {
      throw new IllegalArgumentException("'" + text + "' (expected: more than 0/s)");
    }
    return perSecond;
  }

  /** Power is restored: all machines at the same moment. */
  record AllAtOnce() implements Arrivals {
    @Override
    public long[] offsetsNanos(int machines, long seed) {
      return new long[machines];
    }
  }

  /**
   * One after the other at equal distances.
   *
   * @param perSecond more than 0
   */
  record FixedRate(double perSecond) implements Arrivals {
    @Override
    public long[] offsetsNanos(int machines, long seed) {
      long[] offsets = new long[machines];
      for (int i = 0; i < machines; i++) {
        offsets[i] = Math.round(i * 1e9 / perSecond);
      }
      return offsets;
    }
  }

  /**
   * Independent of each other: exponentially distributed distances.
   *
   * @param perSecond the mean rate, more than 0
   */
  record Poisson(double perSecond) implements Arrivals {
    @Override
    public long[] offsetsNanos(int machines, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] offsets = new long[machines];
      double at = 0;
      for (int i = 0; i < machines; i++) {
        at += -Math.log(1 - random.nextDouble()) * 1e9 / perSecond;
        offsets[i] = Math.round(at);
      }
      return offsets;
    }
  }

  /**
   * A rate that rises, or falls, in a straight line and then stays.
   *
   * @param from machines a second at the beginning, at least 0
   * @param to machines a second at the end of the ramp, more than 0
   * @param length how long the rate changes
   */
  record Ramp(double from, double to, Duration length) implements Arrivals {
    private static final Pattern TEXT =
        Pattern.compile("(\\d+(?:\\.\\d+)?)-(\\d+(?:\\.\\d+)?)(?:/s)?:(.+)");

    private static Ramp parse(String text) {
      Matcher matcher = TEXT.matcher(text);
      if (matcher.matches()) {
        Duration length = TimeSpan.parse(matcher.group(3));
        double to = Double.parseDouble(matcher.group(2));
        if (to > 0 && !length.isZero()) {
          return new Ramp(Double.parseDouble(matcher.group(1)), to, length);
        }
      }
      throw new IllegalArgumentException(
          "'ramp:" + text + "' (expected: ramp:N-M/s:TIME with M above 0, as ramp:1-50/s:30s)");
    }

    @Override
    public long[] offsetsNanos(int machines, long seed) {
      double seconds = length.toNanos() / 1e9;
      double slope = (to - from) / seconds;
      double duringRamp = (from + to) / 2 * seconds;
      long[] offsets = new long[machines];
      for (int i = 0; i < machines; i++) {
        double at = i <= duringRamp ? within(i, slope) : seconds + (i - duringRamp) / to;
        offsets[i] = Math.round(at * 1e9);
      }
      return offsets;
    }

    /** The time at which {@code count} machines have arrived: from·t + slope·t²/2 = count. */
    private double within(double count, double slope) {
      if (Math.abs(slope) < 1e-12) {
        return count / from;
      }
      double root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
      return (root - from) / slope;
    }
  }
}
