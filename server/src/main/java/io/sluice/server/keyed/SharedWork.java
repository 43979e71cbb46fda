package io.sluice.server.keyed;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that is done once per key, however many callers ask for it at the same time: there is at
 * most one run of a key that can be joined. How a run ends is told to its callers and then
 * forgotten: the next caller finds its result where that is kept, or begins another run. Any
 * thread.
 *
 * @param <R> a run; most often a {@link Run}
 */
public final class SharedWork<K, R> {
  private final Map<K, R> runs = new LinkedHashMap<>();

  /**
   * What a caller gets.
   *
   * @param begun the run that began for this caller, which the caller has to start; null when there
   *     was another, or nothing to do
   */
  public record Joined<T, R>(T share, @Nullable R begun) {}

  /**
   * A share in the run of a key or, where there is none that can be joined, in its result or in a
   * new run. The functions are called holding the lock of all keys.
   *
   * @param join joins a run; empty when the run can no longer be joined
   * @param there the result, if it is there already
   * @param begin makes a run, which can be joined
   */
  public synchronized <T> Joined<T, R> join(
      K key, Function<R, Optional<T>> join, Supplier<Optional<T>> there, Supplier<R> begin) {
    R current = runs.get(key);
    Optional<T> share = current == null ? Optional.empty() : join.apply(current);
    share = share.isPresent() ? share : there.get();
    if (share.isPresent()) {
      return new Joined<>(share.get(), null);
    }
    R begun = begin.get();
    T first = join.apply(begun).orElseThrow();
    runs.remove(key);
    runs.put(key, begun);
    return new Joined<>(first, begun);
  }

  /** No caller comes to this run any more; its result must be found by then, if there is one. */
  public synchronized void ended(K key, R run) {
    runs.remove(key, run);
  }

  /** All runs, those that began first before the others. */
  public synchronized List<R> runs() {
    return List.copyOf(runs.values());
  }

  /** The run of a key; null when there is none. */
  public synchronized @Nullable R run(K key) {
    return runs.get(key);
  }

  /** One run, its callers, and how it ends. */
  public static class Run<V> {
    private final CompletableFuture<V> result = new CompletableFuture<>();
    private int callers;
    private long leftAt = System.nanoTime();
    private boolean joinable = true;

    /** Becomes a caller; empty when the run was given up or has failed. */
    public final synchronized Optional<Caller<V>> join() {
      if (!joinable) {
        return Optional.empty();
      }
      callers++;
      return Optional.of(new Caller<>(this));
    }

    private synchronized void leave() {
      callers--;
      leftAt = System.nanoTime();
    }

    /** A caller has left, whose lock is no longer held; for what has to be done then. */
    protected void onLeave() {}

    /** Whether a caller is there. */
    public final synchronized boolean hasCallers() {
      return callers > 0;
    }

    /** Whether it can still be joined. */
    public final synchronized boolean isJoinable() {
      return joinable;
    }

    /**
     * Gives the run up unless a caller is there: from then on it cannot be joined.
     *
     * @param condition whether to give it up that many nanoseconds after its last caller has left;
     *     asked holding the lock of the run
     * @return whether there is no caller and the condition holds
     */
    public final synchronized boolean giveUpIf(LongPredicate condition) {
      boolean unwanted = callers == 0 && condition.test(System.nanoTime() - leftAt);
      joinable &= !unwanted;
      return unwanted;
    }

    /** It cannot be joined any more. */
    public final synchronized void close() {
      joinable = false;
    }

    /** Tells the callers the result, which may be null where it is {@link Void}. */
    public final void succeed(@Nullable V value) {
      result.complete(value);
    }

    /** Tells the callers that there is none. */
    public final void fail(Throwable cause) {
      result.completeExceptionally(cause);
    }

    /** Completes when the callers are told how the run ended. */
    public final CompletionStage<V> result() {
      return result.minimalCompletionStage();
    }
  }

  /** One caller of a run, from when it joins until it leaves. */
  public static final class Caller<V> implements AutoCloseable {
    private final Run<V> run;
    private boolean closed;

    private Caller(Run<V> run) {
      this.run = run;
    }

    /** Completes with the result of the run, or exceptionally with what it failed for. */
    public CompletionStage<V> result() {
      return run.result();
    }

    /** The caller leaves. May be called from any thread, more than once; never blocks. */
    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        run.leave();
      }
      run.onLeave();
    }
  }
}
