package io.sluice.server.qcow2;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Inflations that are not in use just now, for whichever thread comes next. */
final class Inflations implements AutoCloseable {
  /** Enough for twenty threads with clusters of 64 KiB; with the largest clusters, one stays. */
  private static final long IDLE_BYTES = 4L * 1024 * 1024;

  private final Deque<Inflation> idle = new ArrayDeque<>();
  private long idleBytes;
  private boolean closed;

  /** One for inflating this; preferably one that has it at hand. */
  synchronized Inflation take(DiskExtent.Compressed extent) throws IOException {
    Inflation found = null;
    for (Inflation each : idle) {
      if (each.suits(extent) && (found == null || each.holds(extent))) {
        found = each;
      }
    }
    if (found == null) {
      return new Inflation(extent.compression());
    }
    idle.remove(found);
    idleBytes -= found.bytes();
    return found;
  }

  /** Takes it back; the least recently used are let go when there are too many. */
  synchronized void giveBack(Inflation inflation) {
    idle.addFirst(inflation);
    idleBytes += inflation.bytes();
    Iterator<Inflation> oldest = idle.descendingIterator();
    while (closed ? oldest.hasNext() : idleBytes > IDLE_BYTES && idle.size() > 1) {
      Inflation gone = oldest.next();
      oldest.remove();
      idleBytes -= gone.bytes();
      gone.close();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(Inflation::close);
    idle.clear();
    idleBytes = 0;
  }
}
