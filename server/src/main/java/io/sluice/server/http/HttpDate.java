package io.sluice.server.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;

/** Dates as header fields have them (RFC 9110 §5.6.7), by Netty's formatter. */
@SuppressWarnings("JavaUtilDate") // what Netty's formatter speaks; it stays in here
public final class HttpDate {
  /** Longer than any date; Netty throws at what is longer than 64 characters. */
  private static final int LONGEST = 64;

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
    return date.length() > LONGEST
        ? Optional.empty()
        : Optional.ofNullable(DateFormatter.parseHttpDate(date)).map(Date::toInstant);
  }
}
