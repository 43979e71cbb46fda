package io.sluice.server.derive.cache;

import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of derived files within a budget of bytes. What is being written lies under {@value
 * #UNFINISHED} and is thrown away at the next start; an entry gets its name by a rename, after its
 * bytes have reached the disk. When room is needed, the least recently used entries go, never one
 * that is in use and never one whose file cannot be deleted, which is why it is no {@code
 * LruCache}. The folder is held by a descriptor, so that nothing is read or written elsewhere when
 * it is exchanged for a link. Blocks on the file system, but for {@link Lease#close()} and {@link
 * #bytes()}.
 */
public final class DerivedCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DerivedCache.class);
  private static final String UNFINISHED = "unfinished";

  /**
   * How old the time stamp of a file may be before its use is noted there, so that the order of use
   * survives a restart without a write for each request.
   */
  private static final Duration STAMP_AGE = Duration.ofMinutes(10);

  /** Leads to the folder whatever becomes of its name. */
  private final Path folder;

  private final @Nullable HeldFile held;
  private final long budget;
  private final Clock clock;
  private final @Nullable FolderLock lock;
  private final Optional<String> unusable;
  private final Map<CacheKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final AtomicLong bytes = new AtomicLong();
  private long drafts;

  private DerivedCache(
      Path folder,
      @Nullable HeldFile held,
      long budget,
      Clock clock,
      @Nullable FolderLock lock,
      Optional<String> unusable) {
    this.folder = folder;
    this.held = held;
    this.budget = budget;
    this.clock = clock;
    this.lock = lock;
    this.unusable = unusable;
  }

  /**
   * A cache that holds nothing and in which nothing can be made.
   *
   * @param why in one line, for the clients that ask for something
   */
  public static DerivedCache unusable(Path folder, String why, Clock clock) {
    return new DerivedCache(folder, null, 0, clock, null, Optional.of(why));
  }

  /**
   * Opens a cache, made when it is missing. Files that are none of the cache's own stay untouched.
   *
   * @param budget the most it may hold, finished and unfinished, in bytes
   * @throws IOException with a message for the operator, when the folder cannot be used
   */
  public static DerivedCache open(Path folder, long budget, Clock clock) throws IOException {
    try {
      Files.createDirectories(folder.resolve(UNFINISHED));
      HeldFile held =
          new ServedRoot(folder)
              .hold("")
              .orElseThrow(() -> new NoSuchFileException(folder.toString()));
      try {
        return open(held, budget, clock);
      } catch (IOException e) {
        held.close();
        throw e;
      }
    } catch (IOException e) {
      throw new IOException(
          "cache: " + folder + " (expected: a folder for this server alone to write to; " + e + ")",
          e);
    }
  }

  private static DerivedCache open(HeldFile held, long budget, Clock clock) throws IOException {
    FolderLock lock = FolderLock.take(held.place());
    DerivedCache cache =
        new DerivedCache(held.place(), held, budget, clock, lock, Optional.empty());
    try {
      cache.clean();
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return cache;
  }

  /** Throws away what was not finished and learns what is there. */
  private synchronized void clean() throws IOException {
    try (Stream<Path> strays = Files.list(folder.resolve(UNFINISHED))) {
      for (Path stray : strays.toList()) {
        Files.delete(stray);
      }
    }
    record Found(CacheKey key, Entry entry) {}
    List<Found> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Optional<CacheKey> key = CacheKey.ofFileName(String.valueOf(file.getFileName()));
        if (key.isPresent()) {
          found.add(new Found(key.get(), entry(key.get(), file)));
        }
      }
    }
    found.sort(Comparator.comparing(each -> each.entry().stamped));
    for (Found each : found) {
      Entry twin = entries.put(each.key(), each.entry());
      bytes.addAndGet(each.entry().charge);
      if (twin != null) {
        bytes.addAndGet(-twin.charge);
        Files.deleteIfExists(twin.file);
      }
    }
    evictFor(0);
  }

  private static Entry entry(CacheKey key, Path file) throws IOException {
    long size = Files.size(file);
    long charge =
        key.form() == DerivedFormat.RAW
            ? FilledMap.chargeOf(file)
            : CacheKey.chargeOfFileName(String.valueOf(file.getFileName())).orElse(size);
    return new Entry(file, size, charge, Files.getLastModifiedTime(file).toInstant());
  }

  /**
   * One file. Guarded by the cache, but for its uses.
   *
   * <p>The charge is the number of bytes it takes up: fewer than its size when it has holes.
   */
  private static final class Entry {
    private final Path file;
    private final long size;
    private final long charge;
    private final AtomicInteger uses = new AtomicInteger();
    private Instant stamped;

    Entry(Path file, long size, long charge, Instant stamped) {
      this.file = file;
      this.size = size;
      this.charge = charge;
      this.stamped = stamped;
    }
  }

  /** How many bytes there are, finished and unfinished. */
  public long bytes() {
    return bytes.get();
  }

  /** The names of all finished entries of a form. */
  public synchronized List<CacheKey> keys(DerivedFormat form) {
    return entries.keySet().stream().filter(key -> key.form() == form).toList();
  }

  /** An entry that cannot be evicted until it is given back. */
  public static final class Lease implements AutoCloseable {
    private final Entry entry;
    private boolean closed;

    private Lease(Entry entry) {
      this.entry = entry;
      entry.uses.incrementAndGet();
    }

    /** The finished file. Its bytes never change. */
    public Path file() {
      return entry.file;
    }

    /** Size of the file in bytes. */
    public long size() {
      return entry.size;
    }

    /** Gives the entry back; may be called from any thread, more than once. */
    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        entry.uses.decrementAndGet();
      }
    }
  }

  /** How large a finished file is, if it is there; looking does not count as use. */
  public synchronized OptionalLong sizeOf(CacheKey key) {
    Entry entry = entries.get(key);
    return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.size);
  }

  /** A finished entry, if there is one; it counts as used now. */
  public synchronized Optional<Lease> find(CacheKey key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    try {
      if (entry.stamped.isBefore(now.minus(STAMP_AGE))) {
        Files.setLastModifiedTime(entry.file, FileTime.from(now));
        entry.stamped = now;
      }
      if (Files.size(entry.file) == entry.size) {
        return Optional.of(new Lease(entry));
      }
      LOG.warn("cache: {} is not what it was; it is made again", entry.file.getFileName());
    } catch (IOException gone) {
      LOG.warn("cache: {} is gone; it is made again", entry.file.getFileName());
    }
    forget(key, entry);
    return Optional.empty();
  }

  private void forget(CacheKey key, Entry entry) {
    entries.remove(key);
    bytes.addAndGet(-entry.charge);
  }

  /**
   * Begins a new entry.
   *
   * @throws NoCacheException when there is no folder for it
   */
  public Draft draft(CacheKey key) throws IOException {
    if (unusable.isPresent()) {
      throw new NoCacheException(unusable.get());
    }
    try {
      return new Draft(this, key, unfinished(key), 0, StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw NoRoomException.orSame(e, folder.resolve(UNFINISHED));
    }
  }

  /**
   * Makes a draft again of an entry that is not in use, so that more can be written to it; empty
   * when there is none, or it cannot be had any more.
   */
  public synchronized Optional<Draft> reopen(CacheKey key) throws IOException {
    Entry entry = entries.get(key);
    if (entry == null || entry.uses.get() > 0) {
      return Optional.empty();
    }
    Path file = unfinished(key);
    try {
      Files.move(entry.file, file, StandardCopyOption.ATOMIC_MOVE);
      Draft draft = new Draft(this, key, file, entry.charge, StandardOpenOption.WRITE);
      entries.remove(key);
      return Optional.of(draft);
    } catch (IOException e) {
      LOG.warn(
          "cache: {} is not what it was; it is made again: {}",
          entry.file.getFileName(),
          e.toString());
      Files.deleteIfExists(file);
      forget(key, entry);
      return Optional.empty();
    }
  }

  /** A new place in the folder of drafts, which others may have deleted. */
  private synchronized Path unfinished(CacheKey key) throws IOException {
    drafts++;
    Path place = folder.resolve(UNFINISHED);
    return Files.createDirectories(place).resolve(drafts + "-" + key.fileName());
  }

  /**
   * Makes room for bytes that are about to be written.
   *
   * @throws NoRoomException when nothing more can go
   */
  synchronized void reserve(long more) throws NoRoomException {
    evictFor(more);
    if (bytes.get() + more > budget) {
      throw new NoRoomException(
          "the cache is full (expected: room within its "
              + budget
              + " bytes; what is in use stays)");
    }
    bytes.addAndGet(more);
  }

  /** Takes back what was reserved and not used. */
  void unreserve(long count) {
    bytes.addAndGet(-count);
  }

  private void evictFor(long more) {
    evictWhile(() -> bytes.get() + more > budget);
  }

  /**
   * Makes room on a disk that is smaller than the budget, or that others fill.
   *
   * @return whether there is some now: an entry went
   */
  synchronized boolean evictOldest() {
    long before = bytes.get();
    evictWhile(() -> bytes.get() == before);
    return bytes.get() < before;
  }

  private void evictWhile(BooleanSupplier needed) {
    Iterator<Map.Entry<CacheKey, Entry>> oldestFirst = entries.entrySet().iterator();
    while (needed.getAsBoolean() && oldestFirst.hasNext()) {
      Entry entry = oldestFirst.next().getValue();
      if (entry.uses.get() > 0) {
        continue;
      }
      try {
        Files.deleteIfExists(entry.file);
        oldestFirst.remove();
        bytes.addAndGet(-entry.charge);
      } catch (IOException e) {
        LOG.warn("cache: {} cannot be deleted: {}", entry.file.getFileName(), e.toString());
      }
    }
  }

  /**
   * Gives a finished draft its name. Its bytes have reached the disk before.
   *
   * @param charge what was reserved for it
   */
  synchronized Lease publish(CacheKey key, Path draft, long charge) throws IOException {
    // Nothing but its name says after a restart how much of a file is holes.
    boolean sparse = key.form() == DerivedFormat.INFLATED && charge != Files.size(draft);
    Path file = folder.resolve(sparse ? key.fileName(charge) : key.fileName());
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    Entry replaced = entries.get(key);
    if (replaced != null) {
      forget(key, replaced);
      if (!replaced.file.equals(file)) {
        Files.deleteIfExists(replaced.file);
      }
    }
    Entry entry = new Entry(file, Files.size(file), charge, clock.instant());
    entries.put(key, entry);
    return new Lease(entry);
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
    if (held != null) {
      held.close();
    }
  }
}
