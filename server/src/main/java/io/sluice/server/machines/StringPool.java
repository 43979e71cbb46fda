package io.sluice.server.machines;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Texts that occur in the records of several machines, such as the names of variables, tags and
 * profiles, each kept once and named by a number. A text becomes a word when a second record has
 * it. Words are never forgotten, so there are only so many.
 */
final class StringPool {
  /**
   * The words of this process; as those of {@link String#intern}, they are no state of a server.
   */
  static final StringPool SHARED = new StringPool();

  static final int NONE = -1;

  /** With the longest of them some MiB. */
  private static final int MOST = 16 * 1024;

  private static final int SHORTEST = 2;
  private static final int LONGEST = 64;
  private static final int SEEN = 1 << 16;
  private static final long LOW = 0xffffffffL;

  private final Map<String, Integer> numbers = new ConcurrentHashMap<>();
  private final AtomicReferenceArray<@Nullable String> words = new AtomicReferenceArray<>(MOST);

  /** Of some texts that were seen, the hash of the text and that of who had it. */
  private final AtomicLongArray seen = new AtomicLongArray(SEEN);

  /**
   * The number of a text, which may become a word by this.
   *
   * @param owner whose record has it; a record that is packed again is no second one
   * @return {@link #NONE} when it is no word
   */
  int number(String text, String owner) {
    if (text.length() < SHORTEST || text.length() > LONGEST) {
      return NONE;
    }
    Integer number = numbers.get(text);
    return number != null ? number : isNew(text, owner) ? NONE : add(text);
  }

  private boolean isNew(String text, String owner) {
    int hash = text.hashCode();
    int place = (hash ^ hash >>> 16) & SEEN - 1;
    long now = (long) hash << 32 | (owner.hashCode() & LOW);
    long before = seen.get(place);
    if (before >>> 32 == (hash & LOW) && (before & LOW) != (now & LOW) && before != 0) {
      return false;
    }
    seen.set(place, now);
    return true;
  }

  private synchronized int add(String text) {
    Integer there = numbers.get(text);
    if (there != null) {
      return there;
    }
    int number = numbers.size();
    if (number == MOST) {
      return NONE;
    }
    words.set(number, text);
    numbers.put(text, number);
    return number;
  }

  /**
   * The word with a number.
   *
   * @throws IllegalArgumentException when there is none
   */
  String word(int number) {
    String word = words.get(number);
    if (word == null) {
      throw new IllegalArgumentException("word: " + number + " (expected: one that was given out)");
    }
    return word;
  }
}
