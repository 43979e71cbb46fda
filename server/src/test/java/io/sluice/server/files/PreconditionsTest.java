package io.sluice.server.files;

import static io.sluice.server.files.Preconditions.Result.FAILED;
import static io.sluice.server.files.Preconditions.Result.NOT_MODIFIED;
import static io.sluice.server.files.Preconditions.Result.PROCEED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.files.Preconditions.Result;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreconditionsTest {
  private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");
  private static final Validators STRONG = new Validators("\"abc\"", MODIFIED, true);
  private static final Validators WEAK = new Validators("W/\"abc\"", MODIFIED, false);

  private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
  private static final String EQUAL = "Sun, 06 Nov 1994 08:49:37 GMT";
  private static final String AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";

  private static HttpHeaders headers(String... namesAndValues) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  private static Result evaluate(String... namesAndValues) {
    return Preconditions.evaluate(headers(namesAndValues), STRONG);
  }

  @Test
  void withoutConditionsTheRequestProceeds() {
    assertEquals(PROCEED, evaluate());
  }

  @ParameterizedTest(name = "If-Match {0}: strong {1}, weak {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"abc\"                  | PROCEED | FAILED",
        "W/\"abc\"                | FAILED  | FAILED",
        "\"x\", \"abc\"           | PROCEED | FAILED",
        "\"a,b\",\"abc\"          | PROCEED | FAILED",
        "\"x\",,\t\"abc\" ,       | PROCEED | FAILED",
        "\"x\"                    | FAILED  | FAILED",
        "\"abcd\"                 | FAILED  | FAILED",
        "\"ABC\"                  | FAILED  | FAILED",
        "\"x,abc\"                | FAILED  | FAILED",
        "\"\"                     | FAILED  | FAILED",
        "abc                      | FAILED  | FAILED",
        "nonsense                 | FAILED  | FAILED",
        "*                        | PROCEED | PROCEED",
      })
  void ifMatchComparesStrongly(String value, Result strong, Result weak) {
    assertEquals(strong, Preconditions.evaluate(headers("If-Match", value), STRONG));
    assertEquals(weak, Preconditions.evaluate(headers("If-Match", value), WEAK));
  }

  @ParameterizedTest(name = "If-None-Match {0} is {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"abc\"                  | NOT_MODIFIED",
        "W/\"abc\"                | NOT_MODIFIED",
        "\"x\", W/\"abc\"         | NOT_MODIFIED",
        "\"a,b\",\"abc\"          | NOT_MODIFIED",
        "\"abc\",\"x\"            | NOT_MODIFIED",
        "*                        | NOT_MODIFIED",
        "\"x\"                    | PROCEED",
        "\"x,abc\"                | PROCEED",
        "\"x\",\"y\"              | PROCEED",
        "w/\"x\"                  | PROCEED",
        "abc                      | PROCEED",
        "\"*\"                    | PROCEED",
      })
  void ifNoneMatchComparesWeakly(String value, Result expected) {
    assertEquals(expected, Preconditions.evaluate(headers("If-None-Match", value), STRONG));
    assertEquals(expected, Preconditions.evaluate(headers("If-None-Match", value), WEAK));
  }

  @Test
  void tagsMayComeInSeveralFields() {
    assertEquals(PROCEED, evaluate("If-Match", "\"x\"", "If-Match", "\"abc\""));
    assertEquals(NOT_MODIFIED, evaluate("If-None-Match", "\"x\"", "If-None-Match", "\"abc\""));
  }

  @Test
  void aTagWithACommaInItIsOneTag() {
    Validators current = new Validators("\"a,\u00fcb\"", MODIFIED, true);
    assertEquals(
        NOT_MODIFIED, Preconditions.evaluate(headers("If-None-Match", "\"a,\u00fcb\""), current));
    assertEquals(
        PROCEED, Preconditions.evaluate(headers("If-None-Match", "\"a\", \"\u00fcb\""), current));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        BEFORE + " | FAILED  | PROCEED",
        EQUAL + "  | PROCEED | NOT_MODIFIED",
        AFTER + "  | PROCEED | NOT_MODIFIED",
      })
  void datesAreComparedInWholeSeconds(String date, Result unmodified, Result modified) {
    assertEquals(unmodified, evaluate("If-Unmodified-Since", date));
    assertEquals(modified, evaluate("If-Modified-Since", date));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
      })
  void aDateIsReadInAllThreeForms(String date) {
    assertEquals(NOT_MODIFIED, evaluate("If-Modified-Since", date));
    assertEquals(
        PROCEED,
        Preconditions.evaluate(
            headers("If-Modified-Since", date),
            new Validators("\"abc\"", MODIFIED.plusSeconds(1), true)));
    assertEquals(
        FAILED,
        Preconditions.evaluate(
            headers("If-Unmodified-Since", date),
            new Validators("\"abc\"", MODIFIED.plusSeconds(1), true)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "0",
        "784111777",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT Sun, 06 Nov 1994 08:49:37 GMT and so on and on",
        "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss",
      })
  void whatIsNoDateIsNoCondition(String garbage) {
    assertEquals(PROCEED, evaluate("If-Modified-Since", garbage));
    assertEquals(PROCEED, evaluate("If-Unmodified-Since", garbage));
  }

  @Test
  void aDateGivenTwiceIsNoCondition() {
    assertEquals(PROCEED, evaluate("If-Modified-Since", AFTER, "If-Modified-Since", AFTER));
    assertEquals(PROCEED, evaluate("If-Unmodified-Since", BEFORE, "If-Unmodified-Since", BEFORE));
  }

  /** RFC 9110 §13.2.2: t and f say whether a condition holds, - that it is not there. */
  @ParameterizedTest(
      name = "If-Match {0}, If-Unmodified-Since {1}, If-None-Match {2}, If-Modified-Since {3}: {4}")
  @CsvSource({
    // If-Match fails: nothing else matters.
    "f,-,-,-,FAILED",
    "f,t,-,-,FAILED",
    "f,f,f,f,FAILED",
    "f,t,t,t,FAILED",
    "f,-,f,-,FAILED",
    // If-Match holds: If-Unmodified-Since is not looked at.
    "t,-,-,-,PROCEED",
    "t,f,-,-,PROCEED",
    "t,f,t,-,PROCEED",
    "t,f,f,-,NOT_MODIFIED",
    "t,f,-,f,NOT_MODIFIED",
    // Without If-Match, If-Unmodified-Since decides.
    "-,f,-,-,FAILED",
    "-,f,t,t,FAILED",
    "-,f,f,f,FAILED",
    "-,t,-,-,PROCEED",
    "-,t,f,-,NOT_MODIFIED",
    "-,t,-,f,NOT_MODIFIED",
    // With If-None-Match, If-Modified-Since is not looked at.
    "-,-,t,-,PROCEED",
    "-,-,t,f,PROCEED",
    "-,-,t,t,PROCEED",
    "-,-,f,-,NOT_MODIFIED",
    "-,-,f,t,NOT_MODIFIED",
    "-,-,f,f,NOT_MODIFIED",
    // Else it decides.
    "-,-,-,t,PROCEED",
    "-,-,-,f,NOT_MODIFIED",
  })
  void conditionsHaveThePrecedenceOfTheRfc(
      String match, String unmodified, String noneMatch, String modified, Result expected) {
    HttpHeaders headers = new DefaultHttpHeaders();
    add(headers, "If-Match", match, "\"abc\"", "\"x\"");
    add(headers, "If-Unmodified-Since", unmodified, AFTER, BEFORE);
    add(headers, "If-None-Match", noneMatch, "\"x\"", "\"abc\"");
    add(headers, "If-Modified-Since", modified, BEFORE, AFTER);
    assertEquals(expected, Preconditions.evaluate(headers, STRONG));
  }

  private static void add(
      HttpHeaders headers, String name, String wanted, String holding, String failing) {
    if (!wanted.equals("-")) {
      headers.add(name, wanted.equals("t") ? holding : failing);
    }
  }

  @ParameterizedTest(name = "If-Range {0}: strong {1}, weak {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"abc\"                          | true  | false",
        " \"abc\"                         | true  | false",
        "W/\"abc\"                        | false | false",
        "\"x\"                            | false | false",
        "\"x\", \"abc\"                   | false | false",
        "abc                              | false | false",
        "*                                | false | false",
        EQUAL + "                         | true  | false",
        "Sunday, 06-Nov-94 08:49:37 GMT   | true  | false",
        BEFORE + "                        | false | false",
        AFTER + "                         | false | false",
        "garbage                          | false | false",
        "''                               | false | false",
        "Sun, 06 Nov 1994 08:49:37 GMT Sun, 06 Nov 1994 08:49:37 GMT and on and on | false | false",
      })
  void aRangeAppliesOnlyToExactlyTheStateNamed(String value, boolean strong, boolean weak) {
    assertEquals(strong, Preconditions.rangeApplies(headers("If-Range", value), STRONG));
    assertEquals(weak, Preconditions.rangeApplies(headers("If-Range", value), WEAK));
  }

  @Test
  void aRangeAppliesWithoutIfRange() {
    assertEquals(true, Preconditions.rangeApplies(headers(), WEAK));
  }

  @Test
  void aDateThatIsNotStrongDoesNotLetARangeApply() {
    Validators young = new Validators("\"abc\"", MODIFIED, false);
    assertEquals(false, Preconditions.rangeApplies(headers("If-Range", EQUAL), young));
    assertEquals(true, Preconditions.rangeApplies(headers("If-Range", "\"abc\""), young));
  }

  @Test
  void aRangeDoesNotApplyWhenIfRangeIsGivenTwice() {
    assertEquals(
        false,
        Preconditions.rangeApplies(headers("If-Range", "\"abc\"", "If-Range", "\"abc\""), STRONG));
  }
}
