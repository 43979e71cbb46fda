package io.sluice.server.files;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.http.HttpDate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a GET or HEAD, evaluated in the order of RFC 9110 §13.2.2. Pure: header fields
 * and validators in, outcome out.
 */
final class Preconditions {
  /** What becomes of the request. */
  enum Result {
    /** It is answered as if it had no conditions. */
    PROCEED,
    /** 304. */
    NOT_MODIFIED,
    /** 412. */
    FAILED
  }

  /** entity-tag of RFC 9110 §8.8.3. */
  private static final Pattern ENTITY_TAG =
      Pattern.compile("(W/)?(\"[\\x21\\x23-\\x7e\\x80-\\xff]*\")");

  private Preconditions() {}

  /** Evaluates all conditions but {@code If-Range}. */
  static Result evaluate(HttpHeaders headers, Validators current) {
    if (headers.contains(HttpHeaderNames.IF_MATCH)) {
      if (!matches(headers.getAll(HttpHeaderNames.IF_MATCH), current, true)) {
        return Result.FAILED;
      }
    } else {
      Optional<Instant> unmodifiedSince = date(headers, HttpHeaderNames.IF_UNMODIFIED_SINCE);
      if (unmodifiedSince.isPresent() && current.lastModified().isAfter(unmodifiedSince.get())) {
        return Result.FAILED;
      }
    }
    if (headers.contains(HttpHeaderNames.IF_NONE_MATCH)) {
      return matches(headers.getAll(HttpHeaderNames.IF_NONE_MATCH), current, false)
          ? Result.NOT_MODIFIED
          : Result.PROCEED;
    }
    Optional<Instant> modifiedSince = date(headers, HttpHeaderNames.IF_MODIFIED_SINCE);
    return modifiedSince.isPresent() && !current.lastModified().isAfter(modifiedSince.get())
        ? Result.NOT_MODIFIED
        : Result.PROCEED;
  }

  /**
   * Whether {@code Range} is to be obeyed (RFC 9110 §13.1.5): there is no {@code If-Range}, or it
   * names exactly the current state, by a strong tag or by a date that is strong.
   */
  static boolean rangeApplies(HttpHeaders headers, Validators current) {
    List<String> fields = headers.getAll(HttpHeaderNames.IF_RANGE);
    if (fields.isEmpty()) {
      return true;
    }
    if (fields.size() > 1) {
      return false;
    }
    String value = fields.get(0).trim();
    if (value.startsWith("\"") || value.startsWith("W/")) {
      return current.isStrong() && value.equals(current.etag());
    }
    return current.strongDate()
        && date(headers, HttpHeaderNames.IF_RANGE)
            .map(current.lastModified()::equals)
            .orElse(false);
  }

  private static boolean matches(List<String> fields, Validators current, boolean strongly) {
    String opaque = current.isStrong() ? current.etag() : current.etag().substring(2);
    for (String field : fields) {
      if (field.trim().equals("*")) {
        return true;
      }
      Matcher tags = ENTITY_TAG.matcher(field);
      while (tags.find()) {
        boolean weak = tags.group(1) != null || !current.isStrong();
        if (tags.group(2).equals(opaque) && !(strongly && weak)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * A date in any of the three forms of RFC 9110 §5.6.7; what is no date, or is given twice, is not
   * there (§13.1.3).
   */
  private static Optional<Instant> date(HttpHeaders headers, CharSequence name) {
    List<String> fields = headers.getAll(name);
    return fields.size() == 1 ? HttpDate.parse(fields.get(0)) : Optional.empty();
  }
}
