package io.sluice.server.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.regex.Pattern;

/** Dates as header fields have them (RFC 9110 §5.6.7), by Netty's formatter. */
@SuppressWarnings("JavaUtilDate") // what Netty's formatter speaks; it stays in here
public final class HttpDate {
  /** Longer than any date; Netty throws at what is longer than 64 characters. */
  private static final int LONGEST = 64;

  private static final String DAY = "(?:0[1-9]|[12]\\d|3[01])";
  private static final String MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
  private static final String TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)";

  /**
   * IMF-fixdate, rfc850-date and asctime-date. Netty's parser also takes what only resembles them,
   * and a field that has no date must not be heeded (RFC 9110 §13.1.3).
   */
  private static final Pattern SPELLING =
      Pattern.compile(
          "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), "
              + (DAY + " " + MONTH + " \\d{4} " + TIME + " GMT")
              + "|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
              + (DAY + "-" + MONTH + "-\\d{2} " + TIME + " GMT")
              + "|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
              + (MONTH + " (?: [1-9]|" + DAY + ") " + TIME + " \\d{4}"));

  private static volatile Second latest = new Second(Long.MIN_VALUE, "");

  private record Second(long number, String text) {}

  private HttpDate() {}

  /** The time of day, written once a second. */
  static String now() {
    Instant now = Instant.now();
    Second second = latest;
    if (second.number() != now.getEpochSecond()) {
      second = new Second(now.getEpochSecond(), format(now));
      latest = second;
    }
    return second.text();
  }

  /** IMF-fixdate; what is less than a second is cut off. */
  public static String format(Instant instant) {
    return DateFormatter.format(Date.from(instant));
  }

  /** Any of the three forms; empty for what is no date. */
  public static Optional<Instant> parse(String text) {
    String date = text.trim();
    return date.length() > LONGEST || !SPELLING.matcher(date).matches()
        ? Optional.empty()
        : Optional.ofNullable(DateFormatter.parseHttpDate(date)).map(Date::toInstant);
  }
}
