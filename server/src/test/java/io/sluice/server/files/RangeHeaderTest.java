package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeHeaderTest {

  /** The outcome in one word or as the ranges that are sent. */
  private static String outcome(String field, long size) {
    RangeHeader header = RangeHeader.parse(field, size);
    if (header instanceof RangeHeader.Satisfiable satisfiable) {
      return satisfiable.ranges().stream()
          .map(range -> range.first() + "-" + range.last())
          .collect(Collectors.joining("|"));
    }
    return header instanceof RangeHeader.Refused ? "416" : "200";
  }

  @ParameterizedTest(name = "{0} of {1} is {2}")
  @CsvSource({
    "'bytes=0-0',            10, 0-0",
    "'bytes=0-',             10, 0-9",
    "'bytes=0-9',            10, 0-9",
    "'bytes=9-9',            10, 9-9",
    "'bytes=9-',             10, 9-9",
    "'bytes=3-100',          10, 3-9",
    "'bytes=-1',             10, 9-9",
    "'bytes=-10',            10, 0-9",
    "'bytes=-11',            10, 0-9",
    "'bytes=10-',            10, 416",
    "'bytes=10-20',          10, 416",
    "'bytes=-0',             10, 416",
    "'bytes=0-0',             1, 0-0",
    "'bytes=-1',              1, 0-0",
    "'bytes=1-',              1, 416",
    "'bytes=0-',              0, 416",
    "'bytes=0-0',             0, 416",
    "'bytes=-1',              0, 416",
    "'bytes=2-1',            10, 200",
    "'bytes=2-1,0-0',        10, 200",
    "'bytes=5-5,0-1,-1',     10, 5-5|0-1|9-9",
    "'bytes=0-1,20-30,-0',   10, 0-1",
    "'bytes=20-,30-',        10, 416",
    "'bytes=0-9,0-9,0-9',    10, 0-9|0-9|0-9",
    "'bytes=0-9,0-9,0-9,0-9',10, 416",
    "'bytes=0-4,5-9,1-1,6-6',10, 0-4|5-9|1-1|6-6",
    "'bytes=0-4,5-9,1-1,6-6,7-7',10, 416",
    "'bytes=0-1,1-2,2-3',    10, 0-1|1-2|2-3",
    "'bytes=0-1,2-3,4-5,6-7,8-9', 10, 0-1|2-3|4-5|6-7|8-9",
  })
  void aRangeSetIsResolvedAgainstTheSize(String field, long size, String expected) {
    assertEquals(expected, outcome(field, size));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=0-1,3-4",
        "bytes=0-1, 3-4",
        "bytes=0-1 ,\t3-4",
        "bytes=,0-1,,3-4,",
        " bytes=0-1,3-4 ",
        "BYTES=0-1,3-4",
        "bytes=00-001,0000000000000000000003-4",
      })
  void whiteSpaceEmptyElementsLeadingZerosAndCaseDoNotMatter(String field) {
    assertEquals("0-1|3-4", outcome(field, 10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes= ",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=1--2",
        "bytes=a-b",
        "bytes=1",
        "bytes=0-1-2",
        "bytes=0 -1",
        "bytes=0- 1",
        "bytes=+0-1",
        "bytes=0-1;3-4",
        "bytes=0-1 3-4",
        "bytes =0-1",
        "bytes: 0-1",
        "bytes=0x0-0x1",
        "bytes=0-1\u0660",
        "bytes=1.0-2",
        "items=0-1",
        "seconds=0-",
        "none",
        "bytes=0-1,x",
        "bytes=bytes=0-1",
        "bytes=0-1,bytes=3-4",
      })
  void whatIsNoRangeSetOfBytesIsIgnored(String field) {
    assertEquals("200", outcome(field, 10));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-9223372036854775807,                       0-9",
    "bytes=0-9223372036854775808,                       0-9",
    "bytes=0-99999999999999999999999999999999999999999, 0-9",
    "bytes=-99999999999999999999999999999999999999999,  0-9",
    "bytes=9223372036854775807-,                        416",
    "bytes=99999999999999999999999999999999999999999-,  416",
    "bytes=18446744073709551616-18446744073709551617,   416",
    "bytes=18446744073709551617-18446744073709551616,   200",
    "bytes=18446744073709551617-1,                      200",
  })
  void numbersThatNoFileHasAreReadAllTheSame(String field, String expected) {
    assertEquals(expected, outcome(field, 10));
  }

  @Test
  void theEndOfTheLargestFileThereCanBeIsInReach() {
    long size = Long.MAX_VALUE;
    assertEquals(
        new RangeHeader.Satisfiable(List.of(new ByteRange(size - 1, size - 1))),
        RangeHeader.parse("bytes=-1", size));
    assertEquals(
        new RangeHeader.Satisfiable(List.of(new ByteRange(0, size - 1))),
        RangeHeader.parse("bytes=0-", size));
  }

  @Test
  void sixtyFourRangesAreServedAndOneMoreIsRefused() {
    List<String> ranges = IntStream.range(0, 65).mapToObj(i -> 2 * i + "-" + 2 * i).toList();
    assertInstanceOf(
        RangeHeader.Satisfiable.class,
        RangeHeader.parse("bytes=" + String.join(",", ranges.subList(0, 64)), 1000));
    assertEquals("416", outcome("bytes=" + String.join(",", ranges), 1000));
    // Those without a byte of the file count too.
    assertEquals("416", outcome("bytes=" + String.join(",", ranges), 5));
  }

  @Test
  void aRangeKnowsItsLengthAndHowItIsNamed() {
    ByteRange range = new ByteRange(3, 7);
    assertEquals(5, range.length());
    assertEquals("bytes 3-7/10", range.contentRange(10));
    assertThrows(IllegalArgumentException.class, () -> new ByteRange(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new ByteRange(1, 0));
  }
}
