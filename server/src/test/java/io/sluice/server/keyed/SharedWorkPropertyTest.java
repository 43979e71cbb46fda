package io.sluice.server.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.server.keyed.SharedWork.Caller;
import io.sluice.server.keyed.SharedWork.Joined;
import io.sluice.server.keyed.SharedWork.Run;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SharedWorkPropertyTest {
  private static final int KEYS = 3;

  /** A run and what a model knows of it. */
  private static final class Modelled {
    private final Run<Integer> run;
    private final List<Caller<Integer>> callers = new ArrayList<>();
    private boolean joinable = true;

    Modelled(Run<Integer> run) {
      this.run = run;
    }
  }

  /** Every order of joining, leaving, ending, failing and giving up, one step after the other. */
  @Property
  void aRunIsSharedUntilItEndsOrIsGivenUp(
      @ForAll @Size(max = 120) List<@IntRange(min = 0, max = 5999) Integer> steps) {
    SharedWork<Integer, Run<Integer>> work = new SharedWork<>();
    Map<Integer, Integer> results = new HashMap<>();
    Map<Integer, Modelled> current = new HashMap<>();
    for (int step : steps) {
      int key = step % KEYS;
      int which = step / 18;
      Modelled known = current.get(key);
      switch (step / KEYS % 6) {
        case 0, 1 -> join(work, key, results, current);
        case 2 -> {
          if (known != null && !known.callers.isEmpty()) {
            Caller<Integer> leaving = known.callers.remove(which % known.callers.size());
            leaving.close();
            leaving.close();
          }
        }
        case 3 -> {
          if (known != null) {
            results.put(key, which);
            work.ended(key, known.run);
            known.run.succeed(which);
            current.remove(key);
            known.callers.forEach(caller -> assertEquals(which, value(caller)));
          }
        }
        case 4 -> {
          if (known != null) {
            IOException cause = new IOException();
            known.run.close();
            work.ended(key, known.run);
            known.run.fail(cause);
            current.remove(key);
            known.callers.forEach(caller -> assertSame(cause, failure(caller)));
          }
        }
        default -> {
          if (known != null) {
            boolean unwanted = known.run.giveUpIf(nanos -> nanos >= 0);
            assertEquals(known.callers.isEmpty(), unwanted);
            known.joinable &= !unwanted;
          }
          results.remove(key);
        }
      }
      current.forEach(
          (each, modelled) -> {
            assertSame(modelled.run, work.run(each));
            assertEquals(modelled.joinable, modelled.run.isJoinable());
            assertEquals(!modelled.callers.isEmpty(), modelled.run.hasCallers());
            modelled.callers.forEach(
                caller -> assertFalse(caller.result().toCompletableFuture().isDone()));
          });
      assertEquals(current.size(), work.runs().size());
    }
  }

  private static void join(
      SharedWork<Integer, Run<Integer>> work,
      int key,
      Map<Integer, Integer> results,
      Map<Integer, Modelled> current) {
    Run<Integer> fresh = new Run<>();
    Joined<Caller<Integer>, Run<Integer>> joined =
        work.join(key, Run::join, () -> there(results.get(key)), () -> fresh);
    Modelled known = current.get(key);
    if (known != null && known.joinable) {
      assertNull(joined.begun());
      known.callers.add(joined.share());
    } else if (results.containsKey(key)) {
      assertNull(joined.begun());
      assertEquals(results.get(key), value(joined.share()));
    } else {
      assertSame(fresh, joined.begun());
      Modelled begun = new Modelled(fresh);
      begun.callers.add(joined.share());
      current.put(key, begun);
    }
  }

  private static int value(Caller<Integer> caller) {
    return caller.result().toCompletableFuture().join();
  }

  private static Throwable failure(Caller<Integer> caller) {
    return assertThrows(
            CompletionException.class, () -> caller.result().toCompletableFuture().join())
        .getCause();
  }

  /** At most one run of a key is under way that was not given up, and every caller is told. */
  @Test
  void threadsShareRunsHoweverTheyInterleave() throws Exception {
    SharedWork<Integer, Run<Integer>> work = new SharedWork<>();
    Map<Integer, Integer> results = new ConcurrentHashMap<>();
    List<AtomicInteger> underWay = List.of(new AtomicInteger(), new AtomicInteger());
    AtomicInteger told = new AtomicInteger();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<?>> ends = new ArrayList<>();
    for (int thread = 0; thread < 6; thread++) {
      Random random = new Random(thread);
      ends.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 5000; i++) {
                  int key = random.nextInt(underWay.size());
                  boolean fails = random.nextInt(3) == 0;
                  Joined<Caller<Integer>, Run<Integer>> joined =
                      work.join(key, Run::join, () -> there(results.get(key)), Run::new);
                  Run<Integer> begun = joined.begun();
                  if (begun != null) {
                    assertEquals(1, underWay.get(key).incrementAndGet(), "runs of a key");
                    end(work, results, underWay.get(key), key, begun, fails);
                  }
                  joined.share().result().toCompletableFuture().exceptionally(any -> 0).get();
                  told.incrementAndGet();
                  joined.share().close();
                  if (random.nextInt(4) == 0) {
                    results.remove(key);
                  }
                }
                return null;
              }));
    }
    for (Future<?> end : ends) {
      end.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    assertEquals(6 * 5000, told.get());
    assertEquals(List.of(), work.runs());
  }

  private static Optional<Caller<Integer>> there(@Nullable Integer result) {
    if (result == null) {
      return Optional.empty();
    }
    Run<Integer> run = new Run<>();
    run.succeed(result);
    return run.join();
  }

  private static void end(
      SharedWork<Integer, Run<Integer>> work,
      Map<Integer, Integer> results,
      AtomicInteger underWay,
      int key,
      Run<Integer> run,
      boolean fails) {
    if (fails) {
      underWay.decrementAndGet();
      run.close();
      work.ended(key, run);
      run.fail(new IOException());
    } else {
      results.put(key, key);
      underWay.decrementAndGet();
      work.ended(key, run);
      run.succeed(key);
    }
  }
}
