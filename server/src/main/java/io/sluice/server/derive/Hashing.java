package io.sluice.server.derive;

import io.sluice.server.digest.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SHA-256 while it is computed. While nobody waits for it, it rests most of the time; when
 * nobody does and it was not to be computed anyway, or its file has gone, it is given up.
 */
final class Hashing {
  private static final Logger LOG = LoggerFactory.getLogger(Hashing.class);

  /**
   * Worked on between two rests, in bytes: a cluster of most images, and half a millisecond where
   * the digest is slowest. Whoever answers scripts on the same processor may have to wait for as
   * long.
   */
  private static final int STEP_BYTES = 64 * 1024;

  /**
   * For each moment of work nobody waits for, this many of rest: a tenth of one processor. (The JVM
   * leaves priorities of threads unheeded on Linux.)
   */
  private static final int REST = 9;

  /** The same while the server sends images: a hundredth. */
  private static final int BUSY_REST = 99;

  /** The longest rest, for when the disk was slow and it is not the processor that is spared. */
  private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final CacheKey key;
  private final String name;
  private final SourceOpener opener;
  private final boolean leisurely;
  private final BooleanSupplier busy;
  private final BiConsumer<Hashing, Optional<String>> ended;
  private final CompletableFuture<String> result = new CompletableFuture<>();
  private int waiting;
  private boolean begun;
  private boolean over;

  /**
   * A sum that is not being computed yet.
   *
   * @param leisurely whether it is to be computed though nobody waits
   * @param busy whether the processor is wanted for something else; asked all the time
   * @param ended told once, before those are who wait
   */
  Hashing(
      CacheKey key,
      String name,
      SourceOpener opener,
      boolean leisurely,
      BooleanSupplier busy,
      BiConsumer<Hashing, Optional<String>> ended) {
    this.key = key;
    this.name = name;
    this.opener = opener;
    this.leisurely = leisurely;
    this.busy = busy;
    this.ended = ended;
  }

  CacheKey key() {
    return key;
  }

  /** A sum that need not be waited for. */
  static Digests.Wanted already(String hex) {
    return new Digests.Wanted() {
      @Override
      public CompletionStage<String> hex() {
        return CompletableFuture.completedFuture(hex);
      }

      @Override
      public void close() {
        // Nothing is held.
      }
    };
  }

  /** One more waits; empty when this one was given up or refused. */
  synchronized Optional<Digests.Wanted> join() {
    if (over) {
      return Optional.empty();
    }
    waiting++;
    notifyAll();
    return Optional.of(new Waiter());
  }

  private final class Waiter implements Digests.Wanted {
    private boolean closed;

    @Override
    public CompletionStage<String> hex() {
      return result.minimalCompletionStage();
    }

    @Override
    public void close() {
      synchronized (Hashing.this) {
        if (!closed) {
          closed = true;
          waiting--;
        }
      }
    }
  }

  /** Computes the sum, unless another thread does or did. */
  void run(ConversionLedger ledger) {
    if (!begin()) {
      return;
    }
    ConversionLedger.Outcome outcome = ConversionLedger.Outcome.FAILED;
    Optional<String> hex = Optional.empty();
    Throwable failure = null;
    ConversionLedger.Ticket ticket = ledger.begin(Form.SHA256, name);
    try (DiskSource source = opener.open()) {
      ticket.total(source.size());
      hex = Optional.of(digest(source, ticket));
      outcome = ConversionLedger.Outcome.DONE;
    } catch (CancellationException nobodyWaits) {
      outcome = ConversionLedger.Outcome.STOPPED;
      failure = nobodyWaits;
    } catch (ReplacedSourceException | NoSuchFileException replaced) {
      outcome = ConversionLedger.Outcome.STOPPED;
      failure = replaced;
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} of {} failed: {}", key.form().label(), name, e.toString());
      failure = e;
    }
    ticket.end(outcome);
    end(hex, failure == null ? new IllegalStateException("no sum") : failure);
  }

  /** Nobody has a thread for it. */
  void refuse(Throwable cause) {
    if (begin()) {
      end(Optional.empty(), cause);
    }
  }

  private synchronized boolean begin() {
    boolean first = !begun;
    begun = true;
    return first;
  }

  private void end(Optional<String> hex, Throwable failure) {
    synchronized (this) {
      over = hex.isEmpty();
    }
    ended.accept(this, hex);
    hex.ifPresentOrElse(result::complete, () -> result.completeExceptionally(failure));
  }

  private String digest(DiskSource source, ConversionLedger.Ticket ticket) throws IOException {
    MessageDigest digest = Sha256.begin();
    SourceReader reader = new SourceReader(source);
    ByteBuffer buffer = ByteBuffer.allocateDirect(STEP_BYTES);
    long begunAt = System.nanoTime();
    while (reader.next(buffer)) {
      digest.update(buffer);
      ticket.done(reader.offset());
      giveUpUnlessOfUse(source);
      rest(restNanos(System.nanoTime() - begunAt, busy.getAsBoolean()));
      begunAt = System.nanoTime();
    }
    if (source.identity().standing() == SourceIdentity.Standing.CHANGED) {
      throw new IOException("the file was changed while it was read");
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private synchronized boolean isAttended() {
    return waiting > 0;
  }

  private void giveUpUnlessOfUse(DiskSource source) throws IOException {
    boolean ofUse =
        isAttended()
            || (leisurely && source.identity().standing() == SourceIdentity.Standing.CURRENT);
    synchronized (this) {
      if (waiting == 0 && !ofUse) {
        over = true;
        throw new CancellationException("nobody waits any more");
      }
    }
  }

  /** How long to rest after so much work that nobody waits for. */
  static long restNanos(long workedNanos, boolean busy) {
    return Math.min(LONGEST_REST_NANOS, workedNanos * (busy ? BUSY_REST : REST));
  }

  /** Rests until it is time to go on, or somebody waits. */
  private synchronized void rest(long nanos) {
    long end = System.nanoTime() + nanos;
    try {
      for (long left = end - System.nanoTime();
          waiting == 0 && left > 0;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the server ends");
    }
  }
}
