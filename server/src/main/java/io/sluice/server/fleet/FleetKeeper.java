package io.sluice.server.fleet;

import io.sluice.server.machines.StoreException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a fleet and its store the same, on a thread of its own: what others change comes into
 * memory, what was handed out and what happened goes into the store. When the store is away, it
 * tries again until it is back.
 */
public final class FleetKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetKeeper.class);

  /** A look is good for four times as long. */
  private static final long REST_MILLIS = Freshness.VALIDITY.toMillis() / 4;

  private static final long CLOSE_SECONDS = 5;

  private final Fleet fleet;
  private final Installations installations;
  private final Coverages coverages;
  private final Thread thread;
  private volatile String trouble = "";
  private @Nullable StoreException full;
  private boolean writesRefused;
  private volatile boolean closing;

  private FleetKeeper(Fleet fleet, Installations installations, Coverages coverages) {
    this.fleet = fleet;
    this.installations = installations;
    this.coverages = coverages;
    this.thread = new Thread(this::keep, "sluice-machines");
    thread.setDaemon(true);
  }

  /**
   * Begins to keep a fleet. All machines are in memory when this returns, unless the store is away.
   *
   * @throws StoreException when there are more than there is memory for
   */
  public static FleetKeeper start(Fleet fleet, Installations installations, Coverages coverages)
      throws StoreException {
    FleetKeeper keeper = new FleetKeeper(fleet, installations, coverages);
    keeper.round();
    StoreException full = keeper.full;
    if (full != null) {
      throw full;
    }
    keeper.thread.start();
    return keeper;
  }

  private void keep() {
    while (!closing) {
      try {
        fleet.rest(REST_MILLIS);
      } catch (StoreException e) {
        gone(e);
        pause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      round();
    }
    fleet.journal().release();
    round();
  }

  private void round() {
    try {
      fleet.look();
      noteWriting();
      installations.settle();
      coverages.settle();
      fleet.settleHistory();
      if (!trouble.isEmpty()) {
        LOG.info("store: back");
      }
      trouble = "";
    } catch (StoreException e) {
      gone(e);
    } catch (RuntimeException e) {
      LOG.error("machines: cannot be kept", e);
      pause();
    }
  }

  private void noteWriting() throws StoreException {
    String refused = fleet.writeTrouble();
    if (!refused.isEmpty() && !writesRefused) {
      LOG.warn("store: cannot be written ({}); what changes something is refused", refused);
      writesRefused = true;
    }
    fleet.checkWriting();
    if (writesRefused && fleet.writeTrouble().isEmpty()) {
      LOG.info("store: can be written again");
      writesRefused = false;
    }
  }

  private void gone(StoreException e) {
    full = e.isFull() ? e : null;
    if (trouble.isEmpty()) {
      LOG.warn("store: away ({}); machines get what was last known of them", e.getMessage());
    }
    trouble = String.valueOf(e.getMessage());
  }

  /** Why the store cannot be used now; empty when it can. */
  public String trouble() {
    return trouble.isEmpty() ? fleet.writeTrouble() : trouble;
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(REST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing = true;
    }
  }

  /** Stores what is left to store, for some seconds at most. */
  @Override
  public void close() {
    closing = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
