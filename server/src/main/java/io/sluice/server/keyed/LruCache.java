package io.sluice.server.keyed;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * A map of a bounded weight; the least recently used entries make room. Putting and finding are
 * use. Any thread.
 */
public final class LruCache<K, V> {
  private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final long capacity;
  private final ToLongFunction<V> weigher;
  private long weight;

  /**
   * An empty cache.
   *
   * @param capacity the most entries, at least 1
   */
  public LruCache(int capacity) {
    this(capacity, value -> 1);
  }

  /**
   * An empty cache.
   *
   * @param capacity the most that all values may weigh together
   * @param weigher the weight of a value, which never changes
   */
  public LruCache(long capacity, ToLongFunction<V> weigher) {
    this.capacity = capacity;
    this.weigher = weigher;
  }

  /** What was put under a key last, if it is still here. */
  public synchronized Optional<V> find(K key) {
    return Optional.ofNullable(entries.get(key));
  }

  /** Puts a value in the place of what was under the key; one above the capacity is not kept. */
  public synchronized void put(K key, V value) {
    V replaced = entries.put(key, value);
    weight += weigher.applyAsLong(value) - (replaced == null ? 0 : weigher.applyAsLong(replaced));
    Iterator<V> eldest = entries.values().iterator();
    while (weight > capacity) {
      weight -= weigher.applyAsLong(eldest.next());
      eldest.remove();
    }
  }
}
