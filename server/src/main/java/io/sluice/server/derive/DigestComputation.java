package io.sluice.server.derive;

import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.SourceReader;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SHA-256 while it is computed, a while at a time, by one thread at a time. It is given up when
 * it is of no use any more: when nobody waits for it and it was not to be computed anyway, or its
 * file has gone. Who wants it is guarded by the lock of {@link Digests}.
 */
final class DigestComputation {
  private static final Logger LOG = LoggerFactory.getLogger(DigestComputation.class);

  private final Digests.Subject subject;
  private final Object lock;
  private final Consumer<DigestComputation> onLeft;
  private final CompletableFuture<String> result = new CompletableFuture<>();
  private volatile long done;

  private int waiting;
  private boolean hurried;
  private boolean leisurely;
  private boolean taken;
  private boolean over;

  /** What is open, of the thread that has taken it; null before it began and after its end. */
  private @Nullable Work work;

  private volatile @Nullable String hex;
  private volatile @Nullable Throwable failure;

  private record Work(
      DiskSource source, SourceReader reader, MessageDigest digest, ConversionLedger.Ticket ticket)
      implements AutoCloseable {
    @Override
    public void close() {
      source.close();
    }
  }

  /**
   * A sum that nobody wants yet.
   *
   * @param onLeft told when somebody who waited has gone
   */
  DigestComputation(Digests.Subject subject, Object lock, Consumer<DigestComputation> onLeft) {
    this.subject = subject;
    this.lock = lock;
    this.onLeft = onLeft;
  }

  Digests.Subject subject() {
    return subject;
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

  /** One more waits, as long as this one is not over. */
  Digests.Wanted join() {
    synchronized (lock) {
      waiting++;
    }
    return new Waiter();
  }

  private final class Waiter implements Digests.Wanted {
    private boolean closed;

    @Override
    public CompletionStage<String> hex() {
      return result.minimalCompletionStage();
    }

    @Override
    public void close() {
      synchronized (lock) {
        if (closed) {
          return;
        }
        closed = true;
        waiting--;
      }
      if (!result.isDone()) {
        onLeft.accept(DigestComputation.this);
      }
    }
  }

  /** Is to be computed as long as its file is there, before what nobody asked for. */
  void hurry() {
    synchronized (lock) {
      hurried = true;
    }
  }

  /** Is to be computed as long as its file is there. */
  void notice() {
    synchronized (lock) {
      leisurely = true;
    }
  }

  /** Whether somebody asked for it; who has gone may have been the last. */
  boolean isAsked() {
    synchronized (lock) {
      return waiting > 0 || hurried || !leisurely;
    }
  }

  /** Whether it has no sum and will have none: who wants it begins anew. */
  boolean isOver() {
    synchronized (lock) {
      return over;
    }
  }

  /** Whether a thread is at it. */
  boolean isTaken() {
    synchronized (lock) {
      return taken;
    }
  }

  void take(boolean isTaken) {
    synchronized (lock) {
      taken = isTaken;
    }
  }

  /** How many bytes are left to read. */
  long left() {
    return Math.max(0, subject.size() - done);
  }

  /** How many bytes have been read. */
  long done() {
    return done;
  }

  /** The sum, once it is known. */
  Optional<String> hex() {
    return Optional.ofNullable(hex);
  }

  /** Why there is none; empty for what is no failure. */
  Optional<String> failure() {
    Throwable cause = failure;
    return cause == null || isNoFailure(cause)
        ? Optional.empty()
        : Optional.of(String.valueOf(cause.getMessage()));
  }

  private static boolean isNoFailure(Throwable cause) {
    return cause instanceof CancellationException
        || cause instanceof RejectedExecutionException
        || cause instanceof ReplacedSourceException
        || cause instanceof NoSuchFileException;
  }

  /**
   * Goes on for a while, at least with one buffer.
   *
   * @param buffer direct
   * @return whether it is at its end, with a sum or without
   */
  boolean advance(ConversionLedger ledger, ByteBuffer buffer, long nanos) {
    try {
      Work open = work == null ? begin(ledger) : work;
      work = open;
      long begun = System.nanoTime();
      boolean more;
      do {
        more = open.reader().next(buffer);
        open.digest().update(buffer);
        done = open.reader().offset();
        open.ticket().done(done);
        if (more) {
          giveUpUnlessOfUse(open.source());
        }
      } while (more && System.nanoTime() - begun < nanos);
      if (more) {
        return false;
      }
      SourceIdentity.Standing standing = open.source().identity().standing();
      if (standing == SourceIdentity.Standing.TOUCHED) {
        throw new ReplacedSourceException("the file was touched while it was read");
      }
      if (standing == SourceIdentity.Standing.CHANGED) {
        throw new IOException("the file was changed while it was read");
      }
      hex = HexFormat.of().formatHex(open.digest().digest());
      end(ConversionLedger.ConversionResult.DONE);
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    return true;
  }

  private Work begin(ConversionLedger ledger) throws IOException {
    DiskSource source = subject.opener().open();
    ConversionLedger.Ticket ticket = ledger.begin(DerivedFormat.SHA256, subject.name());
    ticket.total(source.size());
    return new Work(source, new SourceReader(source), Sha256.begin(), ticket);
  }

  private void giveUpUnlessOfUse(DiskSource source) throws IOException {
    synchronized (lock) {
      if (waiting > 0) {
        return;
      }
    }
    boolean current = source.identity().standing() == SourceIdentity.Standing.CURRENT;
    synchronized (lock) {
      if (waiting == 0 && !(current && (hurried || leisurely))) {
        over = true;
        throw new CancellationException("nobody waits any more");
      }
    }
  }

  /** There will be no sum. */
  void fail(Throwable cause) {
    synchronized (lock) {
      over = true;
    }
    failure = cause;
    if (isNoFailure(cause) || Thread.currentThread().isInterrupted()) {
      end(ConversionLedger.ConversionResult.STOPPED);
    } else {
      LOG.warn(
          "{} of {} failed: {}", DerivedFormat.SHA256.label(), subject.name(), cause.toString());
      end(ConversionLedger.ConversionResult.FAILED);
    }
  }

  private void end(ConversionLedger.ConversionResult outcome) {
    Work open = work;
    work = null;
    if (open != null) {
      open.close();
      open.ticket().end(outcome);
    }
  }

  /** Tells those who wait, after all others. */
  void tell() {
    String sum = hex;
    Throwable cause = failure;
    if (sum != null) {
      result.complete(sum);
    } else {
      result.completeExceptionally(cause == null ? new IllegalStateException("no sum") : cause);
    }
  }
}
