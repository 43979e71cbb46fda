package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class CoveragePropertyTest {
  private record Run(int first, int count) {}

  @Provide
  Arbitrary<List<Run>> runs() {
    return Combinators.combine(
            Arbitraries.integers().between(-3, 45), Arbitraries.integers().between(0, 25))
        .as(Run::new)
        .list()
        .ofMaxSize(12);
  }

  @Property
  void anImageIsCoveredWhenEveryByteIs(
      @ForAll("runs") List<Run> runs, @ForAll @IntRange(max = 40) int total) {
    Coverage coverage = new Coverage(total);
    BitSet bytes = new BitSet();
    for (Run run : runs) {
      coverage.add(run.first(), run.count());
      int end = Math.min(total, run.first() + run.count());
      if (end > Math.max(0, run.first())) {
        bytes.set(Math.max(0, run.first()), end);
      }
      assertEquals(bytes.cardinality() == total, coverage.isComplete());
    }
  }

  @Property
  void whatIsReadIsWhatWasWritten(
      @ForAll("runs") List<Run> runs, @ForAll @IntRange(max = 40) int total) {
    Coverage coverage = new Coverage(total);
    runs.forEach(run -> coverage.add(run.first(), run.count()));
    Coverage read = Coverage.of(total, coverage.text());
    assertEquals(coverage.text(), read.text());
    Coverage twice = coverage.copy();
    twice.addAll(read);
    assertEquals(coverage.text(), twice.text());
  }

  @Example
  void runsWithoutEndTakeNoMemoryWithoutEnd() {
    Coverage coverage = new Coverage(1_000_000);
    for (int i = 0; i < 500_000; i++) {
      coverage.add(2L * i, 1);
    }
    assertEquals(10_000, coverage.text().split(" ", -1).length);
    coverage.add(0, 1_000_000);
    assertTrue(coverage.isComplete());
  }

  @Example
  void anImageOfManyGigabytesIsCoveredFromItsEnd() {
    long part = 1L << 33;
    Coverage coverage = new Coverage(8 * part);
    for (int i = 7; i >= 0; i--) {
      coverage.add(i * part, part);
    }
    assertTrue(coverage.isComplete());
  }
}
