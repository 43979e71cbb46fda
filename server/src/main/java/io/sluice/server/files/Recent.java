package io.sluice.server.files;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was put or looked up last, up to a number of entries; the one that was of no use for longest
 * makes room. Any thread.
 */
public final class Recent<K, V> {
  private final Map<K, V> entries;

  /**
   * Holds nothing yet.
   *
   * @param most entries, at least 1
   */
  public Recent(int most) {
    entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        };
  }

  /** What was put under a key, if it is still here. */
  public synchronized Optional<V> find(K key) {
    return Optional.ofNullable(entries.get(key));
  }

  /** Puts something in the place of what was under the key. */
  public synchronized void put(K key, V value) {
    entries.put(key, value);
  }
}
