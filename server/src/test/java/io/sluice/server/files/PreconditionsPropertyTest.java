package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.files.Preconditions.Result;
import io.sluice.server.http.HttpDate;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class PreconditionsPropertyTest {
  private static final List<String> CONDITIONS =
      List.of("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range");

  /** Follows the numbered steps of RFC 9110 §13.2.2 for a list of tags and dates in seconds. */
  private static Result model(
      List<String> match,
      Integer unmodified,
      List<String> noneMatch,
      Integer modified,
      Validators v) {
    long last = v.lastModified().getEpochSecond();
    boolean go;
    if (match != null) { // step 1
      go = v.isStrong() && match.contains(v.etag());
    } else { // step 2
      go = unmodified == null || last <= unmodified;
    }
    if (!go) {
      return Result.FAILED;
    }
    if (noneMatch != null) { // step 3
      String opaque = v.etag().replaceFirst("^W/", "");
      go = noneMatch.stream().noneMatch(tag -> tag.replaceFirst("^W/", "").equals(opaque));
    } else { // step 4
      go = modified == null || last > modified;
    }
    return go ? Result.PROCEED : Result.NOT_MODIFIED;
  }

  @Property
  void anyMixOfConditionsMeansWhatTheStepsOfTheRfcSay(
      @ForAll("tags") List<String> match,
      @ForAll("tags") List<String> noneMatch,
      @ForAll @IntRange(min = 1_000_000, max = 1_000_004) int unmodified,
      @ForAll @IntRange(min = 1_000_000, max = 1_000_004) int modified,
      @ForAll @IntRange(min = 1_000_000, max = 1_000_004) int last,
      @ForAll @IntRange(max = 15) int present,
      @ForAll("tag") String etag,
      @ForAll Random random) {
    Validators current = new Validators(etag, Instant.ofEpochSecond(last), true);
    HttpHeaders headers = new DefaultHttpHeaders();
    List<String> m = (present & 1) == 0 ? null : match;
    List<String> n = (present & 2) == 0 ? null : noneMatch;
    Integer u = (present & 4) == 0 ? null : unmodified;
    Integer s = (present & 8) == 0 ? null : modified;
    addTags(headers, "If-Match", m, random);
    addTags(headers, "If-None-Match", n, random);
    addDate(headers, "If-Unmodified-Since", u);
    addDate(headers, "If-Modified-Since", s);
    assertEquals(
        model(m, u, n, s, current), Preconditions.evaluate(headers, current), headers.toString());
  }

  private static void addTags(HttpHeaders headers, String name, List<String> tags, Random random) {
    if (tags != null && random.nextBoolean()) {
      headers.add(name, String.join(random.nextBoolean() ? "," : " , ", tags));
    } else if (tags != null) {
      headers.add(name, tags);
    }
  }

  private static void addDate(HttpHeaders headers, String name, Integer seconds) {
    if (seconds != null) {
      headers.add(name, HttpDate.format(Instant.ofEpochSecond(seconds)));
    }
  }

  @Property
  void noValueOfAConditionMakesItFailToBeRead(
      @ForAll("values") String value, @ForAll @IntRange(max = 4) int condition) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.add(CONDITIONS.get(condition), value);
    Validators current = new Validators("\"no one has this\"", Instant.EPOCH, true);
    Result outcome = Preconditions.evaluate(headers, current);
    if (CONDITIONS.get(condition).equals("If-Match") && !value.trim().equals("*")) {
      assertEquals(Result.FAILED, outcome);
    }
    if (CONDITIONS.get(condition).equals("If-Range")) {
      assertEquals(Result.PROCEED, outcome);
      assertFalse(Preconditions.rangeApplies(headers, current));
    }
  }

  @Property
  void aDateComesBackAsItWasInWholeSeconds(
      @ForAll @IntRange(min = 0) int seconds, @ForAll @IntRange(max = 999) int millis) {
    Instant instant = Instant.ofEpochSecond(seconds).plusMillis(millis);
    assertEquals(
        Instant.ofEpochSecond(seconds), HttpDate.parse(HttpDate.format(instant)).orElseThrow());
  }

  @Provide
  Arbitrary<String> tag() {
    return Arbitraries.of("\"a\"", "\"b\"", "\"a,b\"", "\"\"", "W/\"a\"", "W/\"b\"", "\",\"");
  }

  @Provide
  Arbitrary<List<String>> tags() {
    return tag().list().ofMinSize(1).ofMaxSize(3);
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.of(
            "\"",
            "a",
            "W/",
            "*",
            ",",
            " ",
            "Sun, ",
            "06 ",
            "Nov ",
            "1994 ",
            "08:49:37",
            " GMT",
            "99",
            ":",
            "-",
            "Sunday",
            "é")
        .list()
        .ofMaxSize(20)
        .map(parts -> String.join("", parts).strip());
  }
}
