package io.sluice.server.keyed;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A bound on the bytes that clients have a server keep. What waits for a client, such as a head
 * that is not complete or an answer that is not read, is <em>held</em>: when the budget is full,
 * the oldest holders give up theirs for the newest. What the server works with, such as a complete
 * request, is <em>kept</em>: it is never taken back, so the newest is refused when three quarters
 * of the budget are kept. Safe for use by several threads.
 */
public final class ByteBudget {
  private final long limit;
  private final Runnable refusals;

  /** Shares that hold something, the one that began to first comes first. */
  private final LinkedHashSet<Share> holders = new LinkedHashSet<>();

  private long held;
  private long kept;

  /**
   * A budget of which nothing is used.
   *
   * @param limit bytes, at least 1
   * @param refusals told of every share that was refused or taken back
   */
  public ByteBudget(long limit, Runnable refusals) {
    this.limit = limit;
    this.refusals = refusals;
  }

  /** Bytes that may be used. */
  public long limit() {
    return limit;
  }

  /** Bytes that are used. */
  public synchronized long used() {
    return held + kept;
  }

  /**
   * A share that has nothing yet.
   *
   * @param giveUp called once, on any thread and not under a lock, when what the share holds is
   *     taken back; frees that memory soon
   */
  public Share share(Runnable giveUp) {
    return new Share(giveUp);
  }

  /** What one client uses. */
  public final class Share {
    private final Runnable giveUp;
    private long holds;
    private long keeps;
    private boolean closed;

    private Share(Runnable giveUp) {
      this.giveUp = giveUp;
    }

    /**
     * Says how many bytes wait for the client.
     *
     * @return false when there is no room, or none any more: what the client waits with must be
     *     freed
     */
    public boolean hold(long bytes) {
      return settle(bytes, keeps);
    }

    /**
     * Says with how many bytes the server works for the client.
     *
     * @return false when there is no room, then it is as before
     */
    public boolean keep(long bytes) {
      return settle(holds, bytes);
    }

    /** Gives everything back; nothing is granted afterwards. */
    public void close() {
      synchronized (ByteBudget.this) {
        set(0, 0);
        closed = true;
      }
    }

    private boolean settle(long holding, long keeping) {
      Set<Share> losers = new LinkedHashSet<>();
      boolean granted;
      synchronized (ByteBudget.this) {
        granted = !closed && grant(holding, keeping, losers);
      }
      for (Share loser : losers) {
        loser.giveUp.run();
      }
      return granted;
    }

    private boolean grant(long holding, long keeping, Set<Share> losers) {
      long more = holding - holds + keeping - keeps;
      boolean tooMuchKept = keeping > keeps && kept - keeps + keeping > limit - limit / 4;
      if (tooMuchKept || (more > 0 && kept - keeps + keeping + holding > limit)) {
        refusals.run();
        return false;
      }
      set(holding, keeping);
      if (more > 0) {
        takeBack(losers);
      }
      return true;
    }

    private void takeBack(Set<Share> losers) {
      var oldest = holders.iterator();
      while (held + kept > limit && oldest.hasNext()) {
        Share loser = oldest.next();
        if (loser != this) {
          losers.add(loser);
          refusals.run();
          held -= loser.holds;
          loser.holds = 0;
          oldest.remove();
        }
      }
    }

    private void set(long holding, long keeping) {
      held += holding - holds;
      kept += keeping - keeps;
      if (holding > 0 && holds == 0) {
        holders.add(this);
      } else if (holding == 0) {
        holders.remove(this);
      }
      holds = holding;
      keeps = keeping;
    }
  }
}
