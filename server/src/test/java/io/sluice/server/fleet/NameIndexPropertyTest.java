package io.sluice.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class NameIndexPropertyTest {

  @Property
  void itHoldsWhatAMapOfSetsWould(
      @ForAll @Size(max = 5000) List<@IntRange(min = 0, max = 4095) Integer> steps) {
    NameIndex index = new NameIndex();
    Map<Long, Set<String>> model = new HashMap<>();
    for (int step : steps) {
      // Few numbers, most of which want the same places.
      long number = (step & 0x3f) * (step % 2 == 0 ? 1L : 1L << 40);
      String id = "m" + (step >> 6 & 0xf);
      if (step < 3000) {
        index.add(number, id);
        model.computeIfAbsent(number, any -> new HashSet<>()).add(id);
      } else {
        index.remove(number, id);
        model.getOrDefault(number, new HashSet<>()).remove(id);
      }
    }
    model.forEach(
        (number, ids) -> assertEquals(new TreeSet<>(ids), new TreeSet<>(index.find(number))));
    assertEquals(model.values().stream().mapToInt(Set::size).sum(), index.size());
  }

  @Property(tries = 20)
  void itGrows(@ForAll @IntRange(min = 1, max = 20_000) int size) {
    NameIndex index = new NameIndex();
    for (int i = 0; i < size; i++) {
      index.add(NameIndex.number("mac", "m" + i, 7), "id" + i);
    }
    for (int i = 0; i < size; i++) {
      assertEquals(List.of("id" + i), index.find(NameIndex.number("mac", "m" + i, 7)));
    }
    for (int i = 0; i < size; i++) {
      index.remove(NameIndex.number("mac", "m" + i, 7), "id" + i);
    }
    assertEquals(0, index.size());
  }
}
