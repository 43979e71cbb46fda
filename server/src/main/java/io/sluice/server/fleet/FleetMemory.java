package io.sluice.server.fleet;

import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.PackedMachine;
import io.sluice.server.machines.StoreException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much memory machines take, and may take. The sizes are those of objects on a 64-bit JVM with
 * compressed references; {@code docs/operating.md} says how many machines that is.
 */
public final class FleetMemory {
  /** All machines and what finds them may take this part of what is left for them. */
  private static final double PART = 0.95;

  /** What the server takes without machines, and beside some pages of lists. */
  private static final long BASE_BYTES = 16L << 20;

  /** Left for the server: what it takes without machines, and an import of 4 MiB. */
  private static final long SERVER_BYTES = 64L << 20;

  /** A byte of an import takes so much while it is under way: objects, edits, differences. */
  private static final int IMPORT_COSTS = 12;

  /** In a small heap there has to be room for machines, too; an import has to be smaller there. */
  private static final int MOST_FOR_SERVER = 2;

  /** A collector whose old generation may have the whole heap needs some of it for the young. */
  private static final double OLD_OF_ALL = 0.85;

  /** What may be followed or loaded, but not added: it leaves a little less for everything else. */
  private static final double FOLLOWED = 1.1;

  private static final double WARNING = 0.8;

  /** A node of a skip list with its share of levels, the machine and the head of its bytes. */
  private static final int MACHINE_BYTES = 40 + 24 + 16 + 16;

  /** A text with the head of its bytes, rounded up. */
  private static final int TEXT_BYTES = 24 + 16 + 7;

  /** A number and an id, in a table that is half full. */
  private static final int NAME_BYTES = 24;

  /** A node of a map, its share of the table, and a number. */
  private static final int ENTRY_BYTES = 32 + 8 + 24;

  /** Every machine may be installed some day. */
  private static final int INSTALLATION_BYTES = 160;

  private static final int OTHER_NAMES = 3;

  private static final Logger LOG = LoggerFactory.getLogger(FleetMemory.class);

  private final long limit;
  private final long importBytes;
  private final AtomicBoolean warned = new AtomicBoolean();

  /**
   * A bound.
   *
   * @param limit in bytes
   */
  FleetMemory(long limit) {
    this(limit, Long.MAX_VALUE);
  }

  private FleetMemory(long limit, long importBytes) {
    this.limit = limit;
    this.importBytes = importBytes;
  }

  /** What suits the heap of this process. */
  public static FleetMemory ofHeap() {
    return ofHeap(largestHeap());
  }

  /**
   * What suits a heap.
   *
   * @param heap what objects that live long may take, in bytes
   */
  static FleetMemory ofHeap(long heap) {
    long server = Math.min(SERVER_BYTES, heap / MOST_FOR_SERVER);
    return new FleetMemory(
        (long) ((heap - server) * PART), Math.max(0, server - BASE_BYTES) / IMPORT_COSTS);
  }

  /** With a collector that has generations of a fixed size, objects live long in the old one. */
  private static long largestHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .filter(pool -> pool.getName().contains("Tenured") || pool.getName().contains("Old"))
        .mapToLong(pool -> pool.getUsage().getMax())
        .filter(max -> max > 0)
        .filter(max -> max < Runtime.getRuntime().maxMemory())
        .findFirst()
        .orElse((long) (Runtime.getRuntime().maxMemory() * OLD_OF_ALL));
  }

  /** What a machine takes, with all that finds it, in bytes. */
  static long of(Machine machine, PackedMachine packed) {
    return (long) MACHINE_BYTES
        + TEXT_BYTES
        + machine.id().length()
        + packed.length()
        + (long) NAME_BYTES * (machine.macs().size() + OTHER_NAMES)
        + (machine.installation().state() == Installation.State.NONE ? INSTALLATION_BYTES : 0)
        + (machine.installation().isOpen() ? ENTRY_BYTES : 0);
  }

  /** About what a machine takes of which only the bytes are looked at, in bytes. */
  static long about(String id, @Nullable PackedMachine packed) {
    return packed == null
        ? ofGone(id)
        : MACHINE_BYTES
            + TEXT_BYTES
            + id.length()
            + packed.length()
            + 2L * OTHER_NAMES * NAME_BYTES;
  }

  /** What it takes to remember that a machine is gone, or a name, in bytes. */
  static long ofGone(String id) {
    return (long) ENTRY_BYTES + TEXT_BYTES + id.length();
  }

  /** What machines may take before no more are added, in bytes. */
  public long limit() {
    return limit;
  }

  /** The longest import for which there is room, in bytes. */
  public long importBytes() {
    return importBytes;
  }

  /** Whether so much more may be added. */
  void checkAdded(long taken, long more) throws StoreException {
    if (more > 0 && taken + more > limit) {
      throw StoreException.full(
          "machines: "
              + more
              + " bytes more than the "
              + taken
              + " that there are (expected: at most "
              + limit
              + " in all; a larger heap for the server, such as SLUICE_JAVA_OPTS=-Xmx512m)");
    }
    warn(taken + Math.max(0, more));
  }

  /** Whether so much may be there, also when another server has added it. */
  public void checkFollowed(long taken) throws StoreException {
    if (taken > limit * FOLLOWED) {
      throw StoreException.full(
          "the store has more machines than the heap has room for (expected: at most "
              + (long) (limit * FOLLOWED)
              + " bytes of machines; give the server a larger heap, such as"
              + " SLUICE_JAVA_OPTS=-Xmx512m)");
    }
    warn(taken);
  }

  private void warn(long taken) {
    boolean much = taken > limit * WARNING;
    if (much && !warned.getAndSet(true)) {
      LOG.warn(
          "machines: {} of the {} bytes that they may take are taken; a larger heap"
              + " (SLUICE_JAVA_OPTS=-Xmx…) makes room for more",
          taken,
          limit);
    } else if (!much) {
      warned.set(false);
    }
  }
}
