package io.sluice.server.derive;

import io.sluice.server.files.Recent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SHA-256 sums of files and disks, each computed once: at leisure when a file was merely
 * noticed, as fast as it goes while somebody waits. They are kept in the cache under the identity
 * of what they are the sum of, so that they are never those of another state.
 */
public final class Digests {
  private static final Logger LOG = LoggerFactory.getLogger(Digests.class);

  /** Sums kept in memory; some 200 bytes each. */
  private static final int REMEMBERED = 16_384;

  private static final int HEX_DIGITS = 64;

  private final DerivedCache cache;
  private final ConversionLedger ledger;
  private final Executor leisurely;
  private final Executor asked;
  private final BooleanSupplier busy;
  private final Map<CacheKey, Hashing> running = new HashMap<>();
  private final Recent<CacheKey, String> known = new Recent<>(REMEMBERED);

  /**
   * The sums that are in the cache.
   *
   * @param leisurely one thread for sums nobody waits for; may refuse tasks
   * @param asked threads for sums somebody waits for; may refuse tasks
   * @param busy whether sums nobody waits for are to be computed more slowly still
   */
  public Digests(
      DerivedCache cache,
      ConversionLedger ledger,
      Executor leisurely,
      Executor asked,
      BooleanSupplier busy) {
    this.cache = cache;
    this.ledger = ledger;
    this.leisurely = leisurely;
    this.asked = asked;
    this.busy = busy;
    for (CacheKey key : cache.keys(Form.SHA256)) {
      fromCache(key).ifPresent(hex -> known.put(key, hex));
    }
  }

  /** A sum somebody waits for. */
  public interface Wanted extends AutoCloseable {
    /**
     * Completes with 64 hexadecimal digits; exceptionally when the file cannot be read, was changed
     * meanwhile, or there is too much to do already.
     */
    CompletionStage<String> hex();

    /** Nobody waits here any more; never blocks. */
    @Override
    void close();
  }

  /** A sum that is known already, as 64 hexadecimal digits; never blocks. */
  public Optional<String> known(CacheKey key) {
    return known.find(key);
  }

  /** Has a sum computed at leisure, unless it is known or there is too much to do. */
  public void notice(CacheKey key, String name, SourceOpener opener) {
    Hashing begun;
    synchronized (this) {
      if (known.find(key).isPresent() || running.containsKey(key)) {
        return;
      }
      begun = new Hashing(key, name, opener, true, busy, this::ended);
      running.put(key, begun);
    }
    try {
      leisurely.execute(() -> begun.run(ledger));
    } catch (RejectedExecutionException full) {
      begun.refuse(full);
    }
  }

  /** Asks for a sum; never blocks. */
  public Wanted want(CacheKey key, String name, SourceOpener opener) {
    Hashing begun;
    Wanted wanted;
    synchronized (this) {
      Optional<String> hex = known.find(key);
      if (hex.isPresent()) {
        return Hashing.already(hex.get());
      }
      Hashing current = running.get(key);
      Optional<Wanted> joined = current == null ? Optional.empty() : current.join();
      if (current != null && joined.isPresent()) {
        begun = current;
        wanted = joined.get();
      } else {
        begun = new Hashing(key, name, opener, false, busy, this::ended);
        running.put(key, begun);
        wanted = begun.join().orElseThrow();
      }
    }
    try {
      // If it is under way already, this task finds nothing to do.
      asked.execute(() -> begun.run(ledger));
    } catch (RejectedExecutionException full) {
      begun.refuse(full);
    }
    return wanted;
  }

  /** Nobody joins this one any more; its sum is known if there is one. */
  private void ended(Hashing hashing, Optional<String> hex) {
    hex.ifPresent(sum -> toCache(hashing.key(), sum));
    synchronized (this) {
      running.remove(hashing.key(), hashing);
      hex.ifPresent(sum -> known.put(hashing.key(), sum));
    }
  }

  private Optional<String> fromCache(CacheKey key) {
    try (DerivedCache.Lease lease = cache.find(key).orElse(null)) {
      if (lease == null || lease.size() != HEX_DIGITS) {
        return Optional.empty();
      }
      return Optional.of(Files.readString(lease.file(), StandardCharsets.US_ASCII))
          .filter(text -> text.matches("[0-9a-f]{64}"));
    } catch (IOException e) {
      LOG.warn("a digest cannot be read: {}", e.toString());
      return Optional.empty();
    }
  }

  private void toCache(CacheKey key, String hex) {
    try (Draft draft = cache.draft(key)) {
      draft.reserve(HEX_DIGITS);
      draft.write(0, ByteBuffer.wrap(hex.getBytes(StandardCharsets.US_ASCII)));
      draft.publish().close();
    } catch (IOException e) {
      // It is known as long as the server runs.
      LOG.warn("a digest cannot be kept: {}", e.toString());
    }
  }
}
