package io.sluice.server.images;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.NotInflatedException;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.fill.FilledDisks;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers with disks that are in compressed files: while they are inflated for the first time, with
 * ranges and a length where the format says how long they become; from then on as with any file.
 */
final class InflatedAnswers {
  /** How many times as large as what it comes in a disk may be, where its length is not known. */
  private static final int USUAL_RATIO = 4;

  private static final Pattern FIRST_BYTE = Pattern.compile("bytes *= *([0-9]{1,18})");

  private final ImageServices services;
  private final Executor pool;
  private final LeasedFiles leased = new LeasedFiles();

  InflatedAnswers(ImageServices services, Executor pool) {
    this.services = services;
    this.pool = pool;
  }

  /** What was asked for, in the state in which it was found. */
  private record Wanted(ImageReply reply, Found disk, SourceIdentity source) {}

  /** Answers with a disk. What begins here blocks, what it returns waits. */
  CompletionStage<Reply> answer(Request request, Found disk) throws IOException {
    SourceIdentity source = disk.identity();
    ImageReply reply =
        new ImageReply(request, services.validators(FilledDisks.key(source), source));
    Wanted wanted = new Wanted(reply, disk, source);
    Optional<Reply> unmet = reply.unmet();
    if (unmet.isPresent()) {
      return CompletableFuture.completedFuture(unmet.get());
    }
    if (request.isHead() && !disk.isReady()) {
      return CompletableFuture.completedFuture(head(wanted));
    }
    Derived derived = disk.inflate();
    if (derived instanceof Derived.Finished finished) {
      return CompletableFuture.completedFuture(finished(wanted, finished.lease()));
    }
    GrowingCopy copy = ((Derived.Growing) derived).copy();
    request.cancellation().whenGone(copy::close);
    boolean lengthMatters =
        disk.length().isEmpty() && request.headers().contains(HttpHeaderNames.RANGE);
    CompletionStage<Reply> answer =
        copy.isComplete() || lengthMatters
            ? copy.finished().thenApplyAsync(there -> kept(wanted, copy), pool)
            : reached(copy, first(request, disk))
                .thenApplyAsync(some -> growing(wanted, copy), pool);
    return answer.whenComplete(
        (any, failure) -> {
          if (failure != null) {
            copy.close();
          }
        });
  }

  /** Where the first range begins: until its bytes are there, what goes wrong has a status. */
  private static long first(Request request, Found disk) {
    Matcher range = FIRST_BYTE.matcher(request.headers().get(HttpHeaderNames.RANGE, "").strip());
    long first = range.lookingAt() ? Long.parseLong(range.group(1)) : 0;
    return first < disk.length().orElse(0) ? first : 0;
  }

  private static CompletionStage<Long> reached(GrowingCopy copy, long offset) {
    return copy.beyond(offset)
        .thenCompose(
            there ->
                there > offset || copy.isComplete()
                    ? CompletableFuture.completedFuture(there)
                    : reached(copy, offset));
  }

  /** Waits until a disk is there. What begins here blocks, what it returns waits. */
  CompletionStage<Void> whole(Request request, Found disk) throws IOException {
    Derived derived = disk.inflate();
    request.cancellation().whenGone(derived::close);
    return derived.finished().whenComplete((there, failure) -> derived.close());
  }

  /** Nothing is made for a head; the length stands in it where it is known. */
  private static Reply head(Wanted wanted) {
    OptionalLong length = wanted.disk().length();
    if (length.isEmpty()) {
      return wanted.reply().head();
    }
    TransferPlan zeros =
        length.getAsLong() == 0
            ? TransferPlan.empty()
            : TransferPlan.of(List.of(new Extent.Zero(length.getAsLong())));
    return wanted.reply().growing(Unpooled.EMPTY_BUFFER, zeros);
  }

  private Reply growing(Wanted wanted, GrowingCopy copy) {
    try {
      GrowingBody body = GrowingBody.open(copy, wanted.disk().length());
      TransferPlan plan = body.plan(Math.max(1, USUAL_RATIO * wanted.disk().fileSize()));
      return body.length().isEmpty()
          ? wanted.reply().growing(body.file(), plan)
          : wanted
              .reply()
              .of(
                  body.file(),
                  plan,
                  services.digests().known(BackgroundDigests.key(wanted.source())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply kept(Wanted wanted, GrowingCopy copy) {
    try {
      Lease lease =
          services
              .conversions()
              .find(InflatedDisks.key(wanted.source()))
              .orElseThrow(() -> new NotInflatedException(wanted.disk().name()));
      copy.close();
      return finished(wanted, lease);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply finished(Wanted wanted, Lease lease) throws IOException {
    ImageReply reply = wanted.reply();
    OpenFile file = leased.open(InflatedDisks.key(wanted.source()), lease);
    Optional<String> digest =
        services.background().ofDisk(wanted.source(), reply.name(), lease.size(), wanted.disk());
    return reply.of(file, TransferPlan.ofFile(file, lease.size()), digest);
  }
}
