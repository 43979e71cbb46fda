package io.sluice.server.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LruCacheTest {
  private final LruCache<String, Integer> cache = new LruCache<>(2);

  @Test
  void theLeastRecentlyUsedEntryMakesRoom() {
    cache.put("a", 1);
    cache.put("b", 2);
    assertEquals(Optional.of(1), cache.find("a"));
    cache.put("c", 3);
    assertEquals(Optional.of(1), cache.find("a"));
    assertEquals(Optional.empty(), cache.find("b"));
    assertEquals(Optional.of(3), cache.find("c"));
  }

  @Test
  void whatIsPutAgainTakesThePlaceOfWhatWasThere() {
    cache.put("a", 1);
    cache.put("a", 2);
    assertEquals(Optional.of(2), cache.find("a"));
  }

  /** Values are their own weights; a list in the order of use says what has to be there. */
  @Property
  void holdsWhatWasUsedLastWithinItsCapacity(
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 99) Integer> operations,
      @ForAll @IntRange(min = 1, max = 40) int capacity) {
    LruCache<Integer, Integer> heavy = new LruCache<>((long) capacity, value -> value);
    List<int[]> expected = new ArrayList<>();
    for (int operation : operations) {
      int key = operation % 7;
      int weight = operation / 7;
      Optional<int[]> there = expected.stream().filter(each -> each[0] == key).findFirst();
      there.ifPresent(expected::remove);
      if (operation % 2 == 0) {
        assertEquals(there.map(each -> each[1]), heavy.find(key));
        there.ifPresent(expected::add);
      } else {
        heavy.put(key, weight);
        expected.add(new int[] {key, weight});
        while (expected.stream().mapToInt(each -> each[1]).sum() > capacity) {
          expected.remove(0);
        }
      }
    }
    List<int[]> before = List.copyOf(expected);
    for (int key = 0; key < 7; key++) {
      int each = key;
      assertEquals(
          before.stream().filter(entry -> entry[0] == each).map(entry -> entry[1]).findFirst(),
          heavy.find(key));
    }
  }
}
