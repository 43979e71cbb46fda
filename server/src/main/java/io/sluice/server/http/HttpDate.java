package io.sluice.server.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;

/** Dates as header fields have them (RFC 9110 §5.6.7), by Netty's formatter. */
@SuppressWarnings("JavaUtilDate") // what Netty's formatter speaks; it stays in here
public final class HttpDate {
  private HttpDate() {}

  /** IMF-fixdate; what is less than a second is cut off. */
  public static String format(Instant instant) {
    return DateFormatter.format(Date.from(instant));
  }

  /** Any of the three forms; empty for what is no date. */
  public static Optional<Instant> parse(String text) {
    return Optional.ofNullable(DateFormatter.parseHttpDate(text.trim())).map(Date::toInstant);
  }
}
