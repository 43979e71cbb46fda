package io.sluice.server.transfer;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The memory that copied pieces have while they wait for their clients, over all transfers. Each
 * has one piece, which is the smaller the more transfers there are. When all is taken, the next
 * piece waits; and a client that has taken nothing of its piece for long is given up then. Safe for
 * use by several threads.
 */
public final class PieceRoom {
  /** The most that is copied at once, in bytes: eight records of TLS. */
  static final int LARGEST_PIECE = 128 * 1024;

  /** One record of TLS (RFC 8446 §5.1): smaller pieces would cost more for each byte. */
  static final int SMALLEST_PIECE = 16 * 1024;

  /** How long a client may take for a piece when others wait for the memory. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A transfer that waits looks again after so long, whatever is given back. */
  private static final long LOOK_MILLIS = 500;

  private final long limit;
  private final LongSupplier nanoTime;

  /** Those that have a piece, the one that has had it for longest first. */
  private final Set<Share> holders = new LinkedHashSet<>();

  private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();
  private long used;
  private int transfers;

  /**
   * Room of which nothing is used.
   *
   * @param limit bytes, at least {@link #LARGEST_PIECE}
   * @param nanoTime as {@link System#nanoTime()}
   */
  public PieceRoom(long limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /** Bytes that may be used. */
  public long limit() {
    return limit;
  }

  /** Bytes that are used. */
  public synchronized long used() {
    return used;
  }

  /**
   * A transfer begins.
   *
   * @param giveUp closes its connection; called on any thread
   */
  synchronized Share begin(Runnable giveUp) {
    transfers++;
    return new Share(giveUp);
  }

  /** What one transfer has. */
  final class Share {
    private final Runnable giveUp;
    private int bytes;
    private long since;
    private boolean ended;

    private Share(Runnable giveUp) {
      this.giveUp = giveUp;
    }

    /** How long a piece may be now, in bytes. */
    int most() {
      synchronized (PieceRoom.this) {
        long each = Long.highestOneBit(limit / 2 / Math.max(1, transfers));
        return (int) Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, each));
      }
    }

    /**
     * Takes room for a piece.
     *
     * @return false when there is none; then {@link #room} tells when to try again
     */
    boolean take(int length) {
      Share slowest = null;
      synchronized (PieceRoom.this) {
        if (used + length <= limit) {
          used += length;
          bytes = length;
          since = nanoTime.getAsLong();
          holders.add(this);
          return true;
        }
        Iterator<Share> oldest = holders.iterator();
        if (oldest.hasNext()) {
          slowest = oldest.next();
          if (nanoTime.getAsLong() - slowest.since < PATIENCE_NANOS) {
            slowest = null;
          }
        }
      }
      if (slowest != null) {
        slowest.giveUp.run();
      }
      return false;
    }

    /** Completes, on any thread, when it is worth trying again. */
    CompletionStage<Void> room() {
      CompletableFuture<Void> turn = new CompletableFuture<>();
      synchronized (PieceRoom.this) {
        waiting.removeIf(CompletableFuture::isDone);
        waiting.add(turn);
      }
      return turn.completeOnTimeout(null, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Gives the room back, because the piece has left or the transfer is over. */
    void give() {
      CompletableFuture<Void> next;
      synchronized (PieceRoom.this) {
        if (bytes == 0) {
          return;
        }
        used -= bytes;
        bytes = 0;
        holders.remove(this);
        do {
          next = waiting.poll();
        } while (next != null && next.isDone());
      }
      if (next != null) {
        next.complete(null);
      }
    }

    /** The transfer is over. */
    void end() {
      give();
      synchronized (PieceRoom.this) {
        if (!ended) {
          ended = true;
          transfers--;
        }
      }
    }
  }
}
