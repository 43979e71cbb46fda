package io.sluice.server.images;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.format.Recipes;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.ContentTypes;
import io.sluice.server.files.FileReply;
import io.sluice.server.files.Validators;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Answers with files that are made from disks. What begins here blocks, what it returns waits. */
final class DerivedCopies {
  private final ImageServices workshop;
  private final Conversions conversions;
  private final Recipes book;
  private final Executor pool;
  private final LeasedFiles leased = new LeasedFiles();

  DerivedCopies(ImageServices workshop, Executor pool) {
    this.workshop = workshop;
    this.conversions = workshop.conversions();
    this.book = workshop.book();
    this.pool = pool;
  }

  /** What was asked for, in the state in which it was opened. */
  private record Wanted(
      Request request,
      DerivedName name,
      CacheKey key,
      SourceIdentity source,
      Validators validators) {
    Map<CharSequence, String> fields() {
      return FileReply.fields(validators);
    }

    Optional<Reply> condition() {
      return FileReply.condition(request, validators, fields());
    }

    String contentType() {
      return ContentTypes.of(request.parameter("name"));
    }
  }

  private Wanted wanted(Request request, DerivedName name, SourceIdentity source) {
    CacheKey key = book.key(source, name.form(), name.of());
    return new Wanted(request, name, key, source, workshop.validators(key, source));
  }

  /** Answers with a copy that is sent while it is made. */
  CompletionStage<Reply> growing(Request request, DerivedName name, Found disk) throws IOException {
    if (request.isHead() || request.headers().contains(HttpHeaderNames.RANGE)) {
      // A range is one of the whole: who goes on with a copy that was cut off waits for it.
      return whole(request, name, disk);
    }
    DiskSource source = disk.open();
    Wanted wanted = wanted(request, name, source.identity());
    Optional<Reply> refused = wanted.condition();
    Optional<Lease> lease = refused.isEmpty() ? conversions.find(wanted.key()) : Optional.empty();
    if (refused.isPresent() || lease.isPresent()) {
      source.close();
      return CompletableFuture.completedFuture(
          refused.isPresent() ? refused.get() : finished(wanted, lease.get()));
    }
    // A copy is hardly ever larger than its disk.
    long expected = Math.max(1, source.size());
    Derived derived = obtain(wanted, source);
    return derived instanceof Derived.Growing growing && !growing.copy().isComplete()
        ? begun(wanted, growing.copy(), expected)
        : complete(request, wanted.key(), derived).thenCompose(there -> onPool(wanted, there));
  }

  /** Nothing is made for a head. */
  private Reply head(Request request, DerivedName name, Found disk) throws IOException {
    Wanted wanted = wanted(request, name, disk.identity());
    Optional<Reply> refused = wanted.condition();
    Optional<Lease> lease = refused.isEmpty() ? conversions.find(wanted.key()) : Optional.empty();
    return refused.isPresent()
        ? refused.get()
        : lease.isPresent() ? finished(wanted, lease.get()) : head(wanted);
  }

  /** Answers with something that is of no use before it is complete. */
  CompletionStage<Reply> whole(Request request, DerivedName name, Found disk) throws IOException {
    if (request.isHead()) {
      return CompletableFuture.completedFuture(head(request, name, disk));
    }
    DiskSource source = disk.open();
    Wanted wanted = wanted(request, name, source.identity());
    Optional<Reply> refused = wanted.condition();
    if (refused.isPresent()) {
      source.close();
      return CompletableFuture.completedFuture(refused.get());
    }
    return complete(request, wanted.key(), obtain(wanted, source))
        .thenCompose(lease -> onPool(wanted, lease));
  }

  private CompletionStage<Reply> onPool(Wanted wanted, Lease lease) {
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    try {
      pool.execute(
          () -> {
            try {
              answer.complete(finished(wanted, lease));
            } catch (IOException | RuntimeException e) {
              answer.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException full) {
      // Nobody else would give it back.
      lease.close();
      answer.completeExceptionally(full);
    }
    return answer;
  }

  /** Has a copy made, if it is not there. */
  CompletionStage<CacheKey> made(Request request, DerivedName name, Found disk) throws IOException {
    DiskSource source = disk.open();
    CacheKey key = book.key(source.identity(), name.form(), name.of());
    Derived derived =
        conversions.obtain(key, name.of(), source, book.recipe(name.form(), name.of()));
    return complete(request, key, derived)
        .thenApply(
            lease -> {
              lease.close();
              return key;
            });
  }

  private Derived obtain(Wanted wanted, DiskSource source) {
    DerivedName name = wanted.name();
    return conversions.obtain(wanted.key(), name.of(), source, book.recipe(name.form(), name.of()));
  }

  private CompletionStage<Lease> complete(Request request, CacheKey key, Derived derived) {
    if (derived instanceof Derived.Finished finished) {
      return CompletableFuture.completedFuture(finished.lease());
    }
    GrowingCopy copy = ((Derived.Growing) derived).copy();
    request.cancellation().whenGone(copy::close);
    return copy.finished()
        .thenApplyAsync(there -> conversions.find(key).orElseThrow(DerivedCopies::replaced), pool)
        .whenComplete((lease, failure) -> copy.close());
  }

  private static UncheckedIOException replaced() {
    return new UncheckedIOException(
        new ReplacedSourceException("the image was replaced meanwhile"));
  }

  /** The length of what is not made yet is not known, nor is it made for a head. */
  private static Reply head(Wanted wanted) {
    return new Reply.Transfer(
        HttpResponseStatus.OK,
        wanted.contentType(),
        Unpooled.EMPTY_BUFFER,
        TransferPlan.ofUnknownLength(),
        wanted.fields());
  }

  /** An answer with a status needs some bytes: until then it can still say what went wrong. */
  private CompletionStage<Reply> begun(Wanted wanted, GrowingCopy copy, long expected) {
    wanted.request().cancellation().whenGone(copy::close);
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
      GrowingCopySource source = GrowingCopySource.open(copy);
      return new Reply.Transfer(
          HttpResponseStatus.OK,
          wanted.contentType(),
          source.file(),
          TransferPlan.growing(source, expected),
          wanted.fields());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply finished(Wanted wanted, Lease lease) throws IOException {
    String name = wanted.request().parameter("name");
    Optional<String> digest = workshop.desk().ofEntry(wanted.key(), name);
    OpenFile file = leased.open(wanted.key(), lease);
    return FileReply.to(
        wanted.request(),
        new FileReply.Representation(
            file,
            TransferPlan.ofFile(file, lease.size()),
            wanted.contentType(),
            wanted.validators(),
            digest));
  }
}
