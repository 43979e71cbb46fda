package io.sluice.server.derive;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.ZeroRuns;
import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One derived file while it is made. It is stopped some time after its last reader has gone, and
 * what was made of it is thrown away then: a client that was cut off comes back, and would begin
 * anew for ever.
 */
final class Production extends SharedWork.Run<Void> implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Production.class);

  /**
   * What all productions share.
   *
   * @param cleaners runs short tasks that block; may refuse them
   * @param grace how long a production goes on when its last reader has gone
   * @param running those that can be joined
   */
  record Means(
      DerivedCache cache,
      ConversionLedger ledger,
      Executor cleaners,
      Duration grace,
      SharedWork<CacheKey, Production> running) {}

  /** How often an image may be touched while a copy of it is checked. */
  private static final int CHECKS = 3;

  private final CacheKey key;
  private final String name;
  private final DiskSource source;
  private final Recipe recipe;
  private final Means means;
  private final GrowingFile body = new GrowingFile();
  private boolean ended;
  private @Nullable Draft draft;
  private @Nullable Throwable failed;
  private @Nullable Lease lease;

  /**
   * A production that has not begun.
   *
   * @param source closed at the end, or by {@link #refuse}
   */
  Production(CacheKey key, String name, DiskSource source, Recipe recipe, Means means) {
    this.key = key;
    this.name = name;
    this.source = source;
    this.recipe = recipe;
    this.means = means;
  }

  /** The copy for one more reader; empty when it has failed or was stopped. */
  Optional<GrowingCopy> reader() {
    return join().map(caller -> new GrowingCopy(this, caller));
  }

  /** How far the file is. */
  GrowingFile body() {
    return body;
  }

  /** Opens what there is of the file. Blocks. */
  FileChannel openForReading() throws IOException {
    Draft file;
    Throwable cause;
    synchronized (this) {
      file = draft;
      cause = failed;
    }
    if (file == null) {
      throw new IllegalStateException("growing copy: not begun (expected: some bytes there)");
    }
    try {
      return file.openForReading();
    } catch (NoSuchFileException thrownAway) {
      throw cause instanceof IOException why ? why : thrownAway;
    }
  }

  @Override
  protected synchronized void onLeave() {
    if (!hasCallers() && ended) {
      dispose();
    } else if (!body.isComplete()) {
      // A reader that comes while it is synced waits for that, and does not have it made again.
      isStopped();
    }
  }

  /** Whether it is not to be made any further; then it cannot be joined any more. */
  private boolean isStopped() {
    // The thread is interrupted when the server ends.
    return giveUpIf(
        nanos ->
            !recipe.goesOnUnattended()
                && (nanos >= means.grace().toNanos() || Thread.currentThread().isInterrupted()));
  }

  @Override
  public void run() {
    ConversionLedger.Ticket ticket = means.ledger().begin(key.form(), name);
    ticket.total(source.size());
    ConversionLedger.ConversionResult outcome = ConversionLedger.ConversionResult.FAILED;
    Throwable failure = null;
    try (source) {
      Draft file = begin();
      recipe.make(source, new Appending(file, ticket));
      finish(file);
      outcome = ConversionLedger.ConversionResult.DONE;
    } catch (CancellationException unwanted) {
      outcome = ConversionLedger.ConversionResult.STOPPED;
      failure = unwanted;
    } catch (IOException | RuntimeException | Error e) {
      LOG.warn("{} of {} failed: {}", key.form().label(), name, e.toString());
      failure = e;
    }
    ticket.end(outcome);
    end(failure);
    if (failure instanceof Error error) {
      throw error;
    }
  }

  private Draft begin() throws IOException {
    if (isStopped()) {
      throw new CancellationException("no client waits");
    }
    Draft file = means.cache().draft(key);
    synchronized (this) {
      draft = file;
    }
    return file;
  }

  /**
   * All bytes are there. They are kept if they are those of the file that is still there; they are
   * right to the end for the clients that read them, if the file was replaced by another.
   */
  private void finish(Draft file) throws IOException {
    SourceIdentity.Standing standing = source.identity().standing();
    if (standing == SourceIdentity.Standing.TOUCHED) {
      checkAgain(file);
    } else if (standing == SourceIdentity.Standing.CHANGED) {
      throw new IOException("the image was changed while it was read");
    }
    body.complete();
    Lease published = standing == SourceIdentity.Standing.CURRENT ? file.publish() : null;
    synchronized (this) {
      lease = published;
    }
  }

  /**
   * Something was done to the image that may have been no more than a change of its mode, links or
   * time of access: the copy is made once more, and is right if that gives the same bytes.
   */
  private void checkAgain(Draft file) throws IOException {
    if (key.form() == DerivedFormat.BMAP) {
      // No client has got any of it.
      throw new ReplacedSourceException("the image was touched while it was read");
    }
    for (int attempt = 0; attempt < CHECKS; attempt++) {
      SourceIdentity before = source.identity().now();
      try (DiskSource again = source.reopened()) {
        Comparison comparison = new Comparison(file, body.length());
        recipe.make(again, comparison);
        comparison.end();
      }
      if (source.identity().now().equals(before)) {
        return;
      }
    }
    throw new IOException("the image was changed while it was read");
  }

  /** It is not made, because there is no thread for it. */
  void refuse(Throwable cause) {
    source.close();
    end(cause);
  }

  private void end(@Nullable Throwable failure) {
    synchronized (this) {
      failed = failure;
      if (failure != null) {
        close();
      }
    }
    means.running().ended(key, this);
    synchronized (this) {
      ended = true;
      if (!hasCallers() || !body.isComplete()) {
        dispose();
      }
    }
    if (failure == null) {
      succeed(null);
    } else {
      // A client that is cut off and asks again must find what is known of the failure.
      fail(failure);
      body.fail(failure);
    }
  }

  /** Gives back what was kept for the readers; holding the lock. */
  private void dispose() {
    if (lease != null) {
      lease.close();
    } else if (draft != null) {
      Draft unwanted = draft;
      try {
        means.cleaners().execute(() -> discard(unwanted));
      } catch (RejectedExecutionException full) {
        // Late is worse than here: the room is given back with the file.
        discard(unwanted);
      }
    }
  }

  private static void discard(Draft draft) {
    try {
      draft.close();
    } catch (IOException e) {
      LOG.warn("an unfinished file cannot be deleted: {}", e.toString());
    }
  }

  private final class Appending implements Recipe.Output {
    private final Draft file;
    private final ConversionLedger.Ticket ticket;
    private long length;

    Appending(Draft file, ConversionLedger.Ticket ticket) {
      this.file = file;
      this.ticket = ticket;
    }

    @Override
    public void append(ByteBuffer bytes) throws IOException {
      int count = bytes.remaining();
      if (count == 0) {
        return;
      }
      file.reserve(count);
      file.write(length, bytes);
      length += count;
      body.grewBy(count);
    }

    @Override
    public void appendSparsely(ByteBuffer bytes) throws IOException {
      int count = bytes.remaining();
      if (count == 0) {
        return;
      }
      ZeroRuns runs = new ZeroRuns(bytes);
      for (ByteBuffer data = runs.nextData(); data.hasRemaining(); data = runs.nextData()) {
        long at = length + data.position() - bytes.position();
        file.reserve(data.remaining());
        file.write(at, data);
      }
      length += count;
      if (runs.endsWithZeros()) {
        file.extend(length);
      }
      body.grewBy(count);
    }

    @Override
    public void replace(long offset, ByteBuffer bytes) throws IOException {
      file.write(offset, bytes);
    }

    @Override
    public int read(long offset, ByteBuffer into) throws IOException {
      return file.read(offset, into);
    }

    @Override
    public void progress(long bytes) {
      ticket.done(bytes);
      if (isStopped()) {
        throw new CancellationException("no client waits any more");
      }
    }
  }
}
