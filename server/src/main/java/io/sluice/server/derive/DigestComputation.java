package io.sluice.server.derive;

import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.SourceReader;
import io.sluice.server.digest.Sha256;
import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SHA-256 while it is computed, a while at a time, by one thread at a time. It is given up when
 * it is of no use any more: when no caller waits for it and it was not to be computed anyway, or
 * its file has gone.
 */
final class DigestComputation extends SharedWork.Run<String> {
  private static final Logger LOG = LoggerFactory.getLogger(DigestComputation.class);

  private final Digests.Subject subject;
  private final Consumer<DigestComputation> onLeft;
  private volatile long done;

  private boolean hurried;
  private boolean leisurely;
  private boolean taken;

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
   * A sum that no caller wants yet.
   *
   * @param onLeft told when a caller that waited has gone
   */
  DigestComputation(Digests.Subject subject, Consumer<DigestComputation> onLeft) {
    this.subject = subject;
    this.onLeft = onLeft;
  }

  Digests.Subject subject() {
    return subject;
  }

  @Override
  protected void onLeave() {
    onLeft.accept(this);
  }

  /** Is to be computed as long as its file is there, before what was merely noticed. */
  synchronized Optional<SharedWork.Caller<String>> hurry() {
    hurried = true;
    return join();
  }

  /** Is to be computed as long as its file is there. */
  synchronized Optional<SharedWork.Caller<String>> notice() {
    leisurely = true;
    return join();
  }

  /** Whether a caller asked for it; one that has gone may have been the last. */
  synchronized boolean isAsked() {
    return hasCallers() || hurried || !leisurely;
  }

  /** Whether a thread is at it. */
  synchronized boolean isTaken() {
    return taken;
  }

  synchronized void take(boolean isTaken) {
    taken = isTaken;
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
      giveUp(e);
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
    if (hasCallers()) {
      return;
    }
    boolean current = source.identity().standing() == SourceIdentity.Standing.CURRENT;
    if (giveUpIf(nanos -> !(current && (hurried || leisurely)))) {
      throw new CancellationException("no caller waits any more");
    }
  }

  /** There will be no sum. */
  void giveUp(Throwable cause) {
    close();
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

  /** Tells the callers that wait, after all others. */
  void tell() {
    String sum = hex;
    Throwable cause = failure;
    if (sum != null) {
      succeed(sum);
    } else {
      fail(cause == null ? new IllegalStateException("no sum") : cause);
    }
  }
}
