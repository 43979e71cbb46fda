package io.sluice.server.schedule;

import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.Turn;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/** A machine as a {@link TurnRing} knows it: what it was sent and the turns it waits for. */
final class RingMachine {
  /** A machine is slow when its connections take less than this part of the average. */
  private static final double SLOW = 0.5;

  /** What happens in shorter times does not tell how fast a machine is. */
  private static final long RATE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  final Receiver key;

  /** In order. */
  final Queue<Turn> turns = new ArrayDeque<>();

  int transfers;

  /** Bytes, as far as they count. */
  long sent;

  /** The number of its last request for a turn. */
  long asked;

  long awaySince;

  /** It is one of those that wait for others. */
  boolean wasHeldBack;

  /** It goes when it has had its last turn. */
  boolean forgotten;

  private boolean slow;
  private long begun;
  private long bytes;
  private long ofAll;

  /**
   * One that has just come.
   *
   * @param sent as the others of the ring: it has nothing to make up for
   */
  RingMachine(Receiver key, long sent, SendRate lately, long now) {
    this.key = key;
    this.sent = sent;
    this.ofAll = lately.bytes();
    this.begun = now;
  }

  /**
   * It was sent more.
   *
   * @param lately the loop, which has counted these bytes
   * @param transfersOfAll of all machines
   */
  void sent(long more, SendRate lately, int transfersOfAll, long now) {
    sent += more;
    bytes += more;
    if (now - begun >= RATE_NANOS) {
      double part = (double) bytes / Math.max(1, lately.bytes() - ofAll);
      slow = part * transfersOfAll < SLOW * transfers;
      begun = now;
      bytes = 0;
      ofAll = lately.bytes();
    }
  }

  /** Whether it took much less for each connection than others did; not until that is known. */
  boolean isSlow() {
    return slow;
  }
}
