package io.sluice.server.readahead;

import io.sluice.server.transfer.OpenFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where one file is read ahead: at one place, and from there on for a while, because disks are slow
 * where they have to leap. Not safe for several threads.
 */
final class ReadAheadWindow {
  /** How many blocks are read one after the other before another place may be more urgent. */
  private static final int RUN = 16;

  private final OpenFile file;
  private final Map<Long, Read> waiting = new HashMap<>();
  private final Deque<Read> begun = new ArrayDeque<>();
  private long next = -1;
  private int run;

  /**
   * A block that is to be read.
   *
   * @param urgency the smallest is read first
   * @param done completes when the block is in memory
   */
  record Read(OpenFile file, long number, double urgency, CompletableFuture<Void> done) {}

  /** Nothing is to be read. */
  ReadAheadWindow(OpenFile file) {
    this.file = file;
  }

  OpenFile file() {
    return file;
  }

  void add(Read read) {
    waiting.put(read.number(), read);
  }

  /** How many reads were begun and not taken yet. */
  int begun() {
    return begun.size();
  }

  /** Says what the disk is to begin with next, in this order; at most so many. */
  List<Read> begin(int most) {
    List<Read> chosen = new ArrayList<>(most);
    for (Read read = choose(); read != null; read = chosen.size() < most ? choose() : null) {
      chosen.add(read);
      begun.add(read);
    }
    return chosen;
  }

  private @Nullable Read choose() {
    Read following = run < RUN ? waiting.get(next) : null;
    Read chosen = following != null ? following : mostUrgent();
    if (chosen != null) {
      waiting.remove(chosen.number());
      run = following == null ? 0 : run + 1;
      next = chosen.number() + 1;
    }
    return chosen;
  }

  /** Takes the read that was begun first; null when there is none. */
  @Nullable Read poll() {
    return begun.poll();
  }

  /** Takes all that was begun or waits. */
  List<Read> drain() {
    List<Read> all = new ArrayList<>(begun);
    all.addAll(waiting.values());
    begun.clear();
    waiting.clear();
    return all;
  }

  private @Nullable Read mostUrgent() {
    return waiting.values().stream().min(Comparator.comparingDouble(Read::urgency)).orElse(null);
  }
}
