package io.sluice.server.derive.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class DerivedCachePropertyTest {
  private static final int BUDGET = 1000;

  private static CacheKey key(int number) {
    return new CacheKey(String.format("%064x", number), DerivedFormat.BMAP);
  }

  /** A naive model: sizes in the order of use, and how often each is in use. */
  private static final class Model {
    private final Map<Integer, Integer> sizes = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Integer, Integer> uses = new LinkedHashMap<>();

    int bytes() {
      return sizes.values().stream().mapToInt(Integer::intValue).sum();
    }

    boolean makeRoom(int size) {
      List<Integer> oldestFirst = new ArrayList<>(sizes.keySet());
      for (int number : oldestFirst) {
        if (bytes() + size > BUDGET && uses.getOrDefault(number, 0) == 0) {
          sizes.keySet().remove(number);
        }
      }
      return bytes() + size <= BUDGET;
    }
  }

  private record Held(int number, DerivedCache.Lease lease) {}

  @Property(tries = 40)
  void theCacheDoesAsTheModelDoes(@ForAll long seed) throws IOException {
    Path folder = Files.createTempDirectory("sluice-cache");
    Random random = new Random(seed);
    Model model = new Model();
    Deque<Held> held = new ArrayDeque<>();
    DerivedCache cache = DerivedCache.open(folder, BUDGET, Clock.systemUTC());
    try {
      for (int step = 0; step < 60; step++) {
        int number = random.nextInt(12);
        switch (random.nextInt(4)) {
          case 0, 1 -> put(cache, model, number, 1 + random.nextInt(400));
          case 2 ->
              cache
                  .find(key(number))
                  .ifPresentOrElse(
                      lease -> {
                        assertEquals(model.sizes.get(number).longValue(), lease.size());
                        model.uses.merge(number, 1, Integer::sum);
                        held.add(new Held(number, lease));
                      },
                      () -> assertTrue(!model.sizes.containsKey(number)));
          default -> {
            if (!held.isEmpty()) {
              Held oldest = held.remove();
              oldest.lease().close();
              model.uses.merge(oldest.number(), -1, Integer::sum);
            }
          }
        }
        assertEquals(model.bytes(), cache.bytes());
      }
      held.forEach(each -> each.lease().close());
      cache.close();
      cache = DerivedCache.open(folder, BUDGET, Clock.systemUTC());
      assertEquals(model.bytes(), cache.bytes());
      assertEquals(model.sizes.size(), cache.keys(DerivedFormat.BMAP).size());
    } finally {
      cache.close();
      delete(folder);
    }
  }

  private static void put(DerivedCache cache, Model model, int number, int size)
      throws IOException {
    // One that is there is not made again.
    if (model.sizes.containsKey(number)) {
      return;
    }
    try (Draft draft = cache.draft(key(number))) {
      boolean fits = model.makeRoom(size);
      try {
        draft.reserve(size);
        assertTrue(fits);
      } catch (NoRoomException full) {
        assertTrue(!fits);
        return;
      }
      draft.write(0, ByteBuffer.allocate(size));
      if (size % 5 != 0) {
        draft.publish().close();
        model.sizes.put(number, size);
        model.uses.put(number, 0);
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
