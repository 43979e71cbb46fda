package io.sluice.server.images;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Answers with files that are made from disks. What begins here blocks, what it returns waits. */
final class DerivedCopies {
  private final ImageServices services;
  private final Executor pool;
  private final LeasedFiles leased = new LeasedFiles();

  DerivedCopies(ImageServices services, Executor pool) {
    this.services = services;
    this.pool = pool;
  }

  /** What was asked for, in the state in which it was opened. */
  private record Wanted(ImageReply reply, CacheKey key) {}

  private Wanted wanted(Request request, DerivedName name, SourceIdentity source) {
    CacheKey key = services.recipes().key(source, name.form(), name.of());
    return new Wanted(new ImageReply(request, services.validators(key, source)), key);
  }

  /** Answers with a copy that is sent while it is made. */
  CompletionStage<Reply> growing(Request request, DerivedName name, Found disk) throws IOException {
    // A range is one of the whole: a client that goes on with a copy waits for all of it.
    boolean whileMade = !request.headers().contains(HttpHeaderNames.RANGE);
    return answer(request, name, disk, whileMade);
  }

  /** Answers with something that is of no use before it is complete. */
  CompletionStage<Reply> whole(Request request, DerivedName name, Found disk) throws IOException {
    return answer(request, name, disk, false);
  }

  private CompletionStage<Reply> answer(
      Request request, DerivedName name, Found disk, boolean whileMade) throws IOException {
    if (request.isHead()) {
      return CompletableFuture.completedFuture(head(wanted(request, name, disk.identity())));
    }
    DiskSource source = disk.open();
    Wanted wanted = wanted(request, name, source.identity());
    Optional<Reply> unmet = wanted.reply().unmet();
    if (unmet.isPresent()) {
      source.close();
      return CompletableFuture.completedFuture(unmet.get());
    }
    // A copy is hardly ever larger than its disk.
    long expected = Math.max(1, source.size());
    Derived derived = obtain(wanted.key(), name, source);
    return whileMade && derived instanceof Derived.Growing growing && !growing.copy().isComplete()
        ? begun(wanted, growing.copy(), expected)
        : complete(request, wanted.key(), derived).thenApply(lease -> finished(wanted, lease));
  }

  private Reply head(Wanted wanted) {
    Optional<Reply> unmet = wanted.reply().unmet();
    return unmet.orElseGet(
        () ->
            services
                .conversions()
                .find(wanted.key())
                .map(lease -> finished(wanted, lease))
                .orElseGet(wanted.reply()::head));
  }

  /** Has a copy made, if it is not there. */
  CompletionStage<CacheKey> made(Request request, DerivedName name, Found disk) throws IOException {
    DiskSource source = disk.open();
    CacheKey key = services.recipes().key(source.identity(), name.form(), name.of());
    return complete(request, key, obtain(key, name, source))
        .thenApply(
            lease -> {
              lease.close();
              return key;
            });
  }

  private Derived obtain(CacheKey key, DerivedName name, DiskSource source) {
    return services
        .conversions()
        .obtain(key, name.of(), source, services.recipes().recipe(name.form(), name.of()));
  }

  /** What follows this may block: it is called here, or on the pool. */
  private CompletionStage<Lease> complete(Request request, CacheKey key, Derived derived) {
    if (derived instanceof Derived.Finished finished) {
      return CompletableFuture.completedFuture(finished.lease());
    }
    GrowingCopy copy = ((Derived.Growing) derived).copy();
    request.cancellation().whenGone(copy::close);
    return copy.finished()
        .thenApplyAsync(
            there -> services.conversions().find(key).orElseThrow(DerivedCopies::replaced), pool)
        .whenComplete((lease, failure) -> copy.close());
  }

  private static UncheckedIOException replaced() {
    return new UncheckedIOException(
        new ReplacedSourceException("the image was replaced meanwhile"));
  }

  /** An answer with a status needs some bytes: until then it can still say what went wrong. */
  private CompletionStage<Reply> begun(Wanted wanted, GrowingCopy copy, long expected) {
    wanted.reply().request().cancellation().whenGone(copy::close);
    return copy.beyond(0)
        .thenApplyAsync(some -> body(wanted, copy, expected), pool)
        .whenComplete(
            (reply, failure) -> {
              if (failure != null) {
                copy.close();
              }
            });
  }

  private static Reply body(Wanted wanted, GrowingCopy copy, long expected) {
    try {
      GrowingBody body = GrowingBody.open(copy, OptionalLong.empty());
      return wanted.reply().growing(body.file(), body.plan(expected));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply finished(Wanted wanted, Lease lease) {
    try {
      ImageReply reply = wanted.reply();
      Optional<String> digest = services.background().ofEntry(wanted.key(), reply.name());
      OpenFile file = leased.open(wanted.key(), lease);
      return reply.of(file, TransferPlan.ofFile(file, lease.size()), digest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
