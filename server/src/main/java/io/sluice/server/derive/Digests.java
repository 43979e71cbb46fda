package io.sluice.server.derive;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.cache.NoCacheException;
import io.sluice.server.derive.source.SourceOpener;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SHA-256 sums of files and disks, each computed once: as fast as it goes when a caller asked
 * for it, at leisure when a file was merely noticed. They are computed a while at a time, and what
 * has least left to read goes first, so that a small image never waits for a huge one; one of the
 * threads keeps to what was asked for first, so that a huge one is done some day. Sums are kept in
 * the cache under the identity of what they are the sum of, so that they are never those of another
 * state.
 */
public final class Digests implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Digests.class);

  /** Threads that compute what was asked for. */
  public static final int ASKED_THREADS = Order.ASKED.size();

  /** Sums kept in memory; some 200 bytes each. */
  private static final int REMEMBERED = 16_384;

  /** Sums that are being computed or wait for that; more are refused. */
  private static final int MOST_RUNNING = 1024;

  private static final int HEX_DIGITS = 64;

  /**
   * Read at a time, in bytes: a cluster of most images, and half a millisecond where the digest is
   * slowest. A loop that answers scripts on the same processor may have to wait for as long.
   */
  private static final int STEP_BYTES = 64 * 1024;

  /** How long a thread keeps to one sum that was asked for before it looks which comes next. */
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /**
   * For each moment of work that no caller asked for, this many of rest: a tenth of one processor.
   * (The JVM leaves priorities of threads unheeded on Linux.)
   */
  private static final int REST = 9;

  /** The same while the server sends images, or computes what was asked for: a hundredth. */
  private static final int BUSY_REST = 99;

  /** The longest rest, for when the disk was slow and it is not the processor that is spared. */
  private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Bytes a second until some were measured. */
  private static final double FIRST_RATE = 500e6;

  /** Which sum a thread goes on with; a thread for each. */
  private enum Order {
    SHORTEST,
    OLDEST,
    AT_LEISURE;

    static final Set<Order> ASKED = EnumSet.of(SHORTEST, OLDEST);
  }

  private final DerivedCache cache;
  private final ConversionLedger ledger;
  private final Executor leisurely;
  private final Executor asked;
  private final BooleanSupplier busy;

  private final SharedWork<CacheKey, DigestComputation> running = new SharedWork<>();

  private final Set<Order> working = EnumSet.noneOf(Order.class);
  private final LruCache<CacheKey, String> known = new LruCache<>(REMEMBERED);
  private final LruCache<CacheKey, String> failures = new LruCache<>(MOST_RUNNING);
  private double rate = FIRST_RATE;
  private volatile boolean closed;

  /**
   * The sums that are in the cache.
   *
   * @param leisurely one thread for sums of files that were noticed; may refuse tasks
   * @param asked {@link #ASKED_THREADS} threads for sums that callers asked for; may refuse tasks
   * @param busy whether sums of files that were noticed are to be computed more slowly still
   */
  public Digests(
      DerivedCache cache,
      ConversionLedger ledger,
      Executor leisurely,
      Executor asked,
      BooleanSupplier busy) {
    this.cache = cache;
    this.ledger = ledger;
    this.leisurely = leisurely;
    this.asked = asked;
    this.busy = busy;
    for (CacheKey key : cache.keys(DerivedFormat.SHA256)) {
      fromCache(key).ifPresent(hex -> known.put(key, hex));
    }
  }

  /**
   * What a sum is of.
   *
   * @param name for people
   * @param size in bytes
   */
  public record Subject(CacheKey key, String name, long size, SourceOpener opener) {}

  /** A sum that is known already, as 64 hexadecimal digits; never blocks. */
  public Optional<String> known(CacheKey key) {
    return known.find(key);
  }

  /** Takes in a sum that was computed elsewhere, of all the bytes and of no others. Blocks. */
  public void learn(CacheKey key, String hex) {
    toCache(key, hex);
    known.put(key, hex);
  }

  /** Why a sum could not be computed when that was tried last; never blocks. */
  public Optional<String> failure(CacheKey key) {
    return failures.find(key);
  }

  /** Has a sum computed at leisure, unless it is known or there is too much to do. */
  public void notice(Subject subject) {
    // What is left by its last caller is handed over to the leisurely thread.
    joined(subject, DigestComputation::notice).close();
  }

  /** Has a sum computed as soon as possible, as long as its file is there; never blocks. */
  public void hurry(Subject subject) {
    SharedWork.Caller<String> caller = joined(subject, DigestComputation::hurry);
    employAsked(subject.key());
    caller.close();
  }

  /**
   * Asks for a sum and waits for it, whether its file stays or not; never blocks.
   *
   * @return a caller whose result is 64 hexadecimal digits; it fails when the file cannot be read,
   *     was changed meanwhile, or there is too much to do already
   */
  public SharedWork.Caller<String> want(Subject subject) {
    SharedWork.Caller<String> caller = joined(subject, DigestComputation::join);
    employAsked(subject.key());
    return caller;
  }

  private SharedWork.Caller<String> joined(
      Subject subject, Function<DigestComputation, Optional<SharedWork.Caller<String>>> join) {
    return running
        .join(
            subject.key(),
            join,
            () -> settled(subject.key()),
            () -> new DigestComputation(subject, left -> handOver(left, Order.SHORTEST)))
        .share();
  }

  /** A caller that need not wait, because the sum is known or will not be computed. */
  private Optional<SharedWork.Caller<String>> settled(CacheKey key) {
    Optional<String> hex = known.find(key);
    if (hex.isEmpty() && !closed && running.runs().size() < MOST_RUNNING) {
      return Optional.empty();
    }
    SharedWork.Run<String> run = new SharedWork.Run<>();
    hex.ifPresentOrElse(
        run::succeed,
        () -> run.fail(new CancellationException("too many digests are to be computed")));
    return run.join();
  }

  private void employAsked(CacheKey key) {
    DigestComputation hashing = running.run(key);
    if (hashing == null) {
      return;
    }
    employ(Order.SHORTEST, hashing);
    if (running.runs().stream().filter(DigestComputation::isAsked).limit(2).count() > 1) {
      employ(Order.OLDEST, hashing);
    }
  }

  /** Has a thread at work, which takes up what is to be done. */
  private void employ(Order order, DigestComputation wanted) {
    Executor threads = order == Order.AT_LEISURE ? leisurely : asked;
    synchronized (this) {
      if (running.run(wanted.subject().key()) != wanted || !working.add(order)) {
        return;
      }
    }
    try {
      threads.execute(() -> work(order));
    } catch (RejectedExecutionException full) {
      boolean nothingAtWork;
      synchronized (this) {
        working.remove(order);
        nothingAtWork = (order == Order.AT_LEISURE || !isAtWork()) && !wanted.isTaken();
      }
      if (nothingAtWork) {
        wanted.giveUp(full);
        ended(wanted);
      }
    }
  }

  private void work(Order order) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(STEP_BYTES);
    for (DigestComputation next = take(order); next != null; next = take(order)) {
      long begun = System.nanoTime();
      long before = next.done();
      boolean over = next.advance(ledger, buffer, order == Order.AT_LEISURE ? 0 : SLICE_NANOS);
      long worked = System.nanoTime() - begun;
      if (over) {
        ended(next);
      } else {
        next.take(false);
        handOver(next, order);
      }
      if (order == Order.AT_LEISURE) {
        rest(restNanos(worked, busy.getAsBoolean() || isAnythingAsked()));
      } else {
        measured(next.done() - before, worked);
      }
    }
  }

  /** What has become another thread's to go on with, because a caller came or left. */
  private void handOver(DigestComputation hashing, Order had) {
    if (Order.ASKED.contains(had) && !hashing.isAsked()) {
      employ(Order.AT_LEISURE, hashing);
    } else if (had == Order.AT_LEISURE && hashing.isAsked()) {
      employAsked(hashing.subject().key());
    }
  }

  /** What a thread goes on with; null when there is nothing, and the thread is to end. */
  private synchronized @Nullable DigestComputation take(Order order) {
    Stream<DigestComputation> candidates =
        running.runs().stream()
            .filter(each -> !each.isTaken() && each.isJoinable())
            .filter(each -> each.isAsked() == Order.ASKED.contains(order));
    Optional<DigestComputation> next =
        closed || Thread.currentThread().isInterrupted()
            ? Optional.empty()
            : order == Order.OLDEST
                ? candidates.findFirst()
                : candidates.min(Comparator.comparingLong(DigestComputation::left));
    next.ifPresentOrElse(each -> each.take(true), () -> working.remove(order));
    return next.orElse(null);
  }

  /** This one cannot be joined any more; its sum is known if there is one. */
  private void ended(DigestComputation hashing) {
    CacheKey key = hashing.subject().key();
    hashing.hex().ifPresent(sum -> toCache(key, sum));
    hashing.failure().ifPresent(why -> failures.put(key, why));
    hashing.hex().ifPresent(sum -> known.put(key, sum));
    running.ended(key, hashing);
    hashing.tell();
  }

  /** Whether a thread computes what was asked for. */
  synchronized boolean isAtWork() {
    return working.stream().anyMatch(Order.ASKED::contains);
  }

  private boolean isAnythingAsked() {
    return running.runs().stream().anyMatch(DigestComputation::isAsked);
  }

  private synchronized void measured(long bytes, long nanos) {
    if (bytes >= STEP_BYTES && nanos > 0) {
      double now = (double) bytes * TimeUnit.SECONDS.toNanos(1) / nanos;
      rate += (now - rate) / 8;
    }
  }

  /** About how long it will take until a sum is known that was asked for; never blocks. */
  public synchronized Duration left(Subject subject) {
    DigestComputation own = running.run(subject.key());
    long ownLeft = own == null ? subject.size() : own.left();
    double bytes = ownLeft;
    for (DigestComputation other : running.runs()) {
      if (other != own && other.isAsked() && other.left() <= ownLeft) {
        bytes += other.left();
      }
    }
    return Duration.ofMillis((long) (1000 * bytes / rate));
  }

  /** How long to rest after so much work that no caller asked for. */
  static long restNanos(long workedNanos, boolean busy) {
    return Math.min(LONGEST_REST_NANOS, workedNanos * (busy ? BUSY_REST : REST));
  }

  private void rest(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<String> fromCache(CacheKey key) {
    try (DerivedCache.Lease lease = cache.find(key).orElse(null)) {
      if (lease == null || lease.size() != HEX_DIGITS) {
        return Optional.empty();
      }
      return Optional.of(Files.readString(lease.file(), StandardCharsets.US_ASCII))
          .filter(text -> text.matches("[0-9a-f]{64}"));
    } catch (IOException e) {
      LOG.warn("a digest cannot be read: {}", e.toString());
      return Optional.empty();
    }
  }

  private void toCache(CacheKey key, String hex) {
    try (Draft draft = cache.draft(key)) {
      draft.reserve(HEX_DIGITS);
      draft.write(0, ByteBuffer.wrap(hex.getBytes(StandardCharsets.US_ASCII)));
      draft.publish().close();
    } catch (NoCacheException saidAtTheStart) {
      LOG.debug("a digest is not kept: {}", saidAtTheStart.getMessage());
    } catch (IOException e) {
      // It is known as long as the server runs.
      LOG.warn("a digest cannot be kept: {}", e.toString());
    }
  }

  /** Gives up what no thread is at; called when the threads have ended. */
  @Override
  public void close() {
    List<DigestComputation> left;
    synchronized (this) {
      closed = true;
      left = running.runs().stream().filter(each -> !each.isTaken()).toList();
    }
    for (DigestComputation each : left) {
      each.giveUp(new CancellationException("the server ends"));
      ended(each);
    }
  }
}
