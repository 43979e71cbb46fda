package io.sluice.server.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * Which machines may go by a name: a table of numbers of names, with an id for each. Two names may
 * have the same number, so the machine has to be asked whether it goes by the name. A map from
 * texts to texts would take five times the memory.
 *
 * <p>Open addressing with linear probing; what is taken out is filled from behind. Looking waits
 * only for a change of the same moment.
 */
final class NameIndex {
  private static final int FEWEST = 1024;

  private final StampedLock lock = new StampedLock();
  private long[] numbers = new long[FEWEST];
  private @Nullable String[] ids = new @Nullable String[FEWEST];
  private int size;

  /** Adds an id; nothing changes when it is there. */
  void add(long number, String id) {
    long stamp = lock.writeLock();
    try {
      if (4L * (size + 1) > 3L * ids.length) {
        grow();
      }
      int place = place(number, ids.length);
      for (String there = ids[place]; there != null; there = ids[place]) {
        if (numbers[place] == number && there.equals(id)) {
          return;
        }
        place = next(place);
      }
      numbers[place] = number;
      ids[place] = id;
      size++;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  private void grow() {
    long[] oldNumbers = numbers;
    @Nullable String[] oldIds = ids;
    long[] moreNumbers = new long[2 * oldIds.length];
    @Nullable String[] moreIds = new @Nullable String[2 * oldIds.length];
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != null) {
        int place = place(oldNumbers[i], moreIds.length);
        while (moreIds[place] != null) {
          place = place + 1 & moreIds.length - 1;
        }
        moreNumbers[place] = oldNumbers[i];
        moreIds[place] = oldIds[i];
      }
    }
    numbers = moreNumbers;
    ids = moreIds;
  }

  /** Takes an id out, if it is there. */
  void remove(long number, String id) {
    long stamp = lock.writeLock();
    try {
      int place = place(number, ids.length);
      for (String there = ids[place]; there != null; there = ids[place]) {
        if (numbers[place] == number && there.equals(id)) {
          close(place);
          size--;
          return;
        }
        place = next(place);
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** Fills a gap with what is behind it and would not be found beyond a gap. */
  private void close(int gap) {
    int free = gap;
    int place = next(free);
    for (String there = ids[place]; there != null; there = ids[place]) {
      int home = place(numbers[place], ids.length);
      int mask = ids.length - 1;
      if ((place - home & mask) >= (place - free & mask)) {
        numbers[free] = numbers[place];
        ids[free] = there;
        free = place;
      }
      place = next(place);
    }
    ids[free] = null;
  }

  private int next(int place) {
    return place + 1 & ids.length - 1;
  }

  /** The ids with a number; mostly one or none. */
  List<String> find(long number) {
    long stamp = lock.readLock();
    try {
      List<String> found = List.of();
      int place = place(number, ids.length);
      for (String there = ids[place]; there != null; there = ids[place]) {
        if (numbers[place] == number) {
          if (found.isEmpty()) {
            found = List.of(there);
          } else {
            found = new ArrayList<>(found);
            found.add(there);
          }
        }
        place = next(place);
      }
      return found;
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /** How many there are. */
  int size() {
    long stamp = lock.readLock();
    try {
      return size;
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /**
   * The number of a name.
   *
   * @param seed makes numbers that a client cannot foresee, so that it cannot choose names that
   *     collide
   */
  static long number(String kind, String name, long seed) {
    long number = seed;
    for (int i = 0; i < kind.length(); i++) {
      number = (number ^ kind.charAt(i)) * 0x100000001b3L;
    }
    for (int i = 0; i < name.length(); i++) {
      number = (number ^ name.charAt(i)) * 0x100000001b3L;
    }
    number = (number ^ number >>> 33) * 0xff51afd7ed558ccdL;
    number = (number ^ number >>> 33) * 0xc4ceb9fe1a85ec53L;
    return number ^ number >>> 33;
  }

  private static int place(long number, int capacity) {
    return (int) number & capacity - 1;
  }
}
