package io.sluice.server.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.ContentTypes;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers with digests in the format of sha256sum. */
record DigestPages(ImageServices services, DerivedCopies copies) {
  private static final int HEX_DIGITS = 64;

  /** The digest of a copy, which is made for it if it is not there. What begins here blocks. */
  CompletionStage<Reply> ofCopy(Request request, DerivedName name, DerivedName copy, Found disk)
      throws IOException {
    if (request.isHead()) {
      return CompletableFuture.completedFuture(head(name, Map.of()));
    }
    return copies
        .made(request, copy, disk)
        .thenCompose(
            key -> whenKnown(request, services.background().entry(key, name.of()), name, Map.of()));
  }

  /** The digest of a file, or of the disk that it holds. What begins here blocks. */
  CompletionStage<Reply> ofSource(Request request, DerivedName name, Found found)
      throws IOException {
    if (request.isHead()) {
      ImageReply reply = reply(request, found.identity());
      return CompletableFuture.completedFuture(
          reply.unmet().orElseGet(() -> head(name, reply.fields())));
    }
    SourceIdentity identity;
    long size;
    try (DiskSource source = found.open()) {
      identity = source.identity();
      size = source.size();
    }
    ImageReply reply = reply(request, identity);
    Digests.Subject subject = BackgroundDigests.subject(identity, name.of(), size, found);
    Optional<Reply> unmet = reply.unmet();
    return unmet.isPresent()
        ? CompletableFuture.completedFuture(unmet.get())
        : whenKnown(request, subject, name, reply.fields());
  }

  private ImageReply reply(Request request, SourceIdentity identity) {
    return new ImageReply(request, services.validators(BackgroundDigests.key(identity), identity));
  }

  private CompletionStage<Reply> whenKnown(
      Request request,
      Digests.Subject subject,
      DerivedName name,
      Map<CharSequence, String> fields) {
    SharedWork.Caller<String> wanted = services.digests().want(subject);
    // A client that has ended its side counts as gone once there is something to wait for.
    if (!wanted.result().toCompletableFuture().isDone()) {
      request.cancellation().whenGone(wanted::close);
    }
    return wanted
        .result()
        .whenComplete((hex, failure) -> wanted.close())
        .thenApply(hex -> page(hex, name, fields));
  }

  /** All digests are of one length: none has to be computed for a head. */
  private static Reply head(DerivedName name, Map<CharSequence, String> fields) {
    return page("0".repeat(HEX_DIGITS), name, fields);
  }

  private static Reply page(String hex, DerivedName name, Map<CharSequence, String> fields) {
    String line = hex + "  " + name.of() + "\n";
    return new Reply.Page(
        HttpResponseStatus.OK, ContentTypes.TEXT, line.getBytes(StandardCharsets.UTF_8), fields);
  }
}
