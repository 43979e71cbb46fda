package io.sluice.server.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.ContentTypes;
import io.sluice.server.files.FileReply;
import io.sluice.server.files.Validators;
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
final class DigestPages {
  private static final int HEX_DIGITS = 64;

  private final ImageServices workshop;
  private final DerivedCopies copies;

  DigestPages(ImageServices workshop, DerivedCopies copies) {
    this.workshop = workshop;
    this.copies = copies;
  }

  /** The digest of a copy, which is made for it if it is not there. What begins here blocks. */
  CompletionStage<Reply> ofCopy(Request request, DerivedName name, DerivedName copy, Found disk)
      throws IOException {
    if (request.isHead()) {
      return CompletableFuture.completedFuture(head(name, Map.of()));
    }
    return copies
        .made(request, copy, disk)
        .thenCompose(
            key -> whenKnown(request, workshop.desk().entry(key, name.of()), name, Map.of()));
  }

  /** The digest of a file, or of the disk that it holds. What begins here blocks. */
  CompletionStage<Reply> ofSource(Request request, DerivedName name, Found found)
      throws IOException {
    if (request.isHead()) {
      return CompletableFuture.completedFuture(headOf(request, name, found.identity()));
    }
    SourceIdentity identity;
    long size;
    try (DiskSource source = found.open()) {
      identity = source.identity();
      size = source.size();
    }
    CacheKey key = BackgroundDigests.key(identity);
    Map<CharSequence, String> fields = FileReply.fields(workshop.validators(key, identity));
    Optional<Reply> refused =
        FileReply.condition(request, workshop.validators(key, identity), fields);
    return refused.isPresent()
        ? CompletableFuture.completedFuture(refused.get())
        : whenKnown(
            request, BackgroundDigests.subject(identity, name.of(), size, found), name, fields);
  }

  private CompletionStage<Reply> whenKnown(
      Request request,
      Digests.Subject subject,
      DerivedName name,
      Map<CharSequence, String> fields) {
    Optional<String> known = workshop.digests().known(subject.key());
    if (known.isPresent()) {
      return CompletableFuture.completedFuture(page(known.get(), name, fields));
    }
    SharedWork.Caller<String> wanted = workshop.digests().want(subject);
    request.cancellation().whenGone(wanted::close);
    return wanted
        .result()
        .whenComplete((hex, failure) -> wanted.close())
        .thenApply(hex -> page(hex, name, fields));
  }

  private Reply headOf(Request request, DerivedName name, SourceIdentity identity) {
    Validators validators = workshop.validators(BackgroundDigests.key(identity), identity);
    Map<CharSequence, String> fields = FileReply.fields(validators);
    return FileReply.condition(request, validators, fields).orElseGet(() -> head(name, fields));
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
