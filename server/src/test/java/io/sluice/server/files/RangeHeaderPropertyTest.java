package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class RangeHeaderPropertyTest {

  @Property(tries = 5000)
  void aFieldMeansWhatTheNaiveReadingOfItMeans(
      @ForAll("asked") List<NaiveRanges.Asked> asked,
      @ForAll @IntRange(max = 40) int size,
      @ForAll Random random) {
    StringBuilder field = new StringBuilder(random.nextBoolean() ? "bytes=" : " Bytes=");
    List<String> gaps = List.of("", "", " ", "\t", " \t ");
    for (NaiveRanges.Asked one : asked) {
      field.append(gaps.get(random.nextInt(5))).append(one).append(gaps.get(random.nextInt(5)));
      field.append(random.nextInt(8) == 0 ? ", ," : ",");
    }
    assertEquals(
        NaiveRanges.answer(asked, size),
        RangeHeader.parse(field.toString(), size),
        field + " of " + size);
  }

  @Property
  void whateverTheFieldSaysTheRangesAreWithinTheFile(
      @ForAll("nearlyFields") String field, @ForAll @LongRange(min = 0) long size) {
    if (RangeHeader.parse(field, size) instanceof RangeHeader.Satisfiable satisfiable) {
      assertFalse(satisfiable.ranges().isEmpty());
      assertTrue(satisfiable.ranges().size() <= RangeHeader.MAX_RANGES);
      for (ByteRange range : satisfiable.ranges()) {
        assertTrue(range.first() >= 0 && range.first() <= range.last() && range.last() < size);
      }
    }
  }

  @Property
  void whatIsSentForOneRequestIsAtMostThreeTimesTheFile(
      @ForAll("asked") List<NaiveRanges.Asked> asked,
      @ForAll @IntRange(min = 1, max = 40) int size) {
    String field = "bytes=" + String.join(",", asked.stream().map(Object::toString).toList());
    if (RangeHeader.parse(field, size) instanceof RangeHeader.Satisfiable satisfiable) {
      long sent = satisfiable.ranges().stream().mapToLong(ByteRange::length).sum();
      assertTrue(sent <= (1 + RangeHeader.MAX_OVERLAPPING) * (long) size, field);
    }
  }

  @Property
  void anyStringIsReadWithoutAnException(@ForAll String text) {
    assertTrue(RangeHeader.parse(text, 10) instanceof RangeHeader.Ignored, text);
  }

  @Provide
  Arbitrary<List<NaiveRanges.Asked>> asked() {
    Arbitrary<String> number =
        Arbitraries.frequencyOf(
            Tuple.of(12, Arbitraries.integers().between(0, 45).map(String::valueOf)),
            Tuple.of(2, Arbitraries.of("007", "0000000000000000000000000000003")),
            Tuple.of(
                1,
                Arbitraries.of(
                    "999999999999999999",
                    "1000000000000000000",
                    "9223372036854775807",
                    "9223372036854775808",
                    "18446744073709551616",
                    "99999999999999999999999999")));
    Arbitrary<String> some = Arbitraries.oneOf(number, number, number, Arbitraries.just(""));
    Arbitrary<NaiveRanges.Asked> one = Combinators.combine(some, some).as(NaiveRanges.Asked::new);
    // Mostly the right way round, or hardly a list would have no range that spoils it.
    Arbitrary<NaiveRanges.Asked> ordered = one.map(RangeHeaderPropertyTest::ordered);
    return Arbitraries.frequencyOf(
        Tuple.of(4, ordered.list().ofMaxSize(5)),
        Tuple.of(1, ordered.list().ofMinSize(60).ofMaxSize(70)),
        Tuple.of(1, one.list().ofMaxSize(3)));
  }

  private static NaiveRanges.Asked ordered(NaiveRanges.Asked range) {
    if (range.first().isEmpty() || range.last().isEmpty()) {
      return range.first().equals(range.last()) ? new NaiveRanges.Asked("0", "") : range;
    }
    BigInteger first = new BigInteger(range.first());
    BigInteger last = new BigInteger(range.last());
    return new NaiveRanges.Asked(first.min(last).toString(), first.max(last).toString());
  }

  @Provide
  Arbitrary<String> nearlyFields() {
    return Arbitraries.strings()
        .withChars("0123456789-, ")
        .ofMaxLength(40)
        .map(set -> "bytes=" + set);
  }
}
