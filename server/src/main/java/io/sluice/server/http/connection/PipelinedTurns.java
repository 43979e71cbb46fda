package io.sluice.server.http.connection;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The order in which connections of a loop get on with what they have sent ahead (RFC 9112 §9.3.2).
 * Each gets one request answered, then the next connection; and between a few of those the loop
 * looks at its sockets, so that a request that has just come waits for a few others and not for all
 * that were sent ahead.
 */
public final class PipelinedTurns {
  /** Some hundred microseconds of work, as long as a loop may well be away from its sockets. */
  private static final int TURNS_PER_ROUND = 8;

  private final Map<EventExecutor, Ring> rings = new ConcurrentHashMap<>();

  /** Runs a turn when it is due; on the loop. */
  public void await(EventExecutor loop, Runnable turn) {
    rings.computeIfAbsent(loop, Ring::new).add(turn);
  }

  private static final class Ring implements Runnable {
    private final EventExecutor loop;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    Ring(EventExecutor loop) {
      this.loop = loop;
    }

    void add(Runnable turn) {
      waiting.add(turn);
      runLater();
    }

    /** Netty looks for timers that are due only after it has looked at the sockets. */
    private void runLater() {
      if (!running && !waiting.isEmpty()) {
        running = true;
        loop.schedule(this, 0, TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public void run() {
      try {
        for (int i = 0; i < TURNS_PER_ROUND && !waiting.isEmpty(); i++) {
          waiting.remove().run();
        }
      } finally {
        running = false;
        runLater();
      }
    }
  }
}
