package io.sluice.server.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.DerivedImages.Pin;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.images.ImageVersions.Version;
import io.sluice.server.keyed.LruCache;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Keeps what is delivered in one installation to the one version of the image that its script
 * named, whatever is made from it included: a client of ranges that goes on after the file was
 * replaced is refused, and never puts two versions together. The files are looked at before and
 * after an answer is made of them, so that it is of what was looked at; an answer that has begun
 * goes on with the old file to its end, unless that is changed in place.
 */
final class PinnedImages {
  /** Installations whose version was found; some 300 bytes each. */
  private static final int MOST_FOUND = 8192;

  /** How often a file may be replaced while one answer is made. */
  private static final int ATTEMPTS = 3;

  private final ImageVersions versions;
  private final Executor pool;
  private final LruCache<Pin, SourceIdentity> found = new LruCache<>(MOST_FOUND);

  PinnedImages(ImageVersions versions, Executor pool) {
    this.versions = versions;
    this.pool = pool;
  }

  /**
   * How a request stands to a pin.
   *
   * @param source what it may be answered with, empty when it is about something else
   * @param refusal the answer when there is no such version
   */
  private record Check(Optional<SourceIdentity> source, Optional<Reply> refusal) {
    static final Check UNRELATED = new Check(Optional.empty(), Optional.empty());

    static Check refused(Reply reply) {
      return new Check(Optional.empty(), Optional.of(reply));
    }

    static Check met(SourceIdentity source) {
      return new Check(Optional.of(source), Optional.empty());
    }
  }

  /** Answers as an endpoint does, if that is with the version of the pin. */
  CompletionStage<Reply> answer(Request request, Pin pin, Endpoint endpoint) {
    return Failures.onPool(request, pool, () -> attempt(request, pin, endpoint, ATTEMPTS));
  }

  private CompletionStage<Reply> attempt(Request request, Pin pin, Endpoint endpoint, int attempts)
      throws IOException {
    Check check = check(request, pin);
    if (check.refusal().isPresent()) {
      return CompletableFuture.completedFuture(check.refusal().get());
    }
    return check.source().isEmpty()
        ? endpoint.answer(request)
        : endpoint
            .answer(request)
            .thenCompose(reply -> sure(request, pin, endpoint, attempts, check, reply));
  }

  /** The answer, if the files are still what they were before it was made. */
  private CompletionStage<Reply> sure(
      Request request, Pin pin, Endpoint endpoint, int attempts, Check check, Reply reply) {
    if (reply.status().code() >= HttpResponseStatus.BAD_REQUEST.code()) {
      return CompletableFuture.completedFuture(reply);
    }
    CompletionStage<Reply> looked =
        Failures.onPool(
            request,
            pool,
            () -> {
              SourceIdentity source = check.source().orElseThrow();
              if (isCurrent(source)) {
                return CompletableFuture.completedFuture(unmixed(reply, source));
              }
              return attempts > 1
                  ? attempt(request, pin, endpoint, attempts - 1)
                  : CompletableFuture.completedFuture(later(request, "is replaced all the time"));
            });
    return looked.thenApply(
        answer -> {
          if (reply instanceof Reply.Transfer transfer
              && !(answer instanceof Reply.Transfer sent && sent.holds() == transfer.holds())) {
            transfer.holds().release();
          }
          return answer;
        });
  }

  private Reply unmixed(Reply reply, SourceIdentity source) {
    return reply instanceof Reply.Transfer transfer
        ? new Reply.Transfer(
            transfer.status(),
            transfer.contentType(),
            transfer.holds(),
            LastByte.heldBack(transfer.plan(), source, pool),
            transfer.selection(),
            transfer.headers())
        : reply;
  }

  private static boolean isCurrent(SourceIdentity source) throws IOException {
    return source.standing() == SourceIdentity.Standing.CURRENT;
  }

  private Check check(Request request, Pin pin) throws IOException {
    String installed = versions.installed(pin.image());
    Optional<Found> image = versions.source(installed);
    String asked = request.parameter("name");
    Optional<Found> source = versions.origin(asked, installed);
    if (!isOf(asked, pin, installed) && !isSame(source, image)) {
      return Check.UNRELATED;
    }
    Optional<SourceIdentity> known = found.find(pin);
    if (known.isPresent() && isOf(image, known.get()) && isCurrent(known.get())) {
      return isSame(source, image)
          ? Check.met(known.get())
          : Check.refused(replaced(request, pin, "another file takes its place"));
    }
    Version version = versions.served(installed);
    SourceIdentity now = version.source();
    if (version.sha256().isPresent() && now != null) {
      String sha256 = version.sha256().get();
      if (!sha256.equals(pin.sha256())) {
        return Check.refused(replaced(request, pin, "it has " + sha256 + " now"));
      }
      found.put(pin, now);
      return isSame(source, image)
          ? Check.met(now)
          : Check.refused(replaced(request, pin, "another file takes its place"));
    }
    return Check.refused(
        version.problem().isPresent()
            ? later(request, "cannot be sent: " + version.problem().get())
            : later(
                request,
                "has changed; whether it still has the bytes that the install script named is"
                    + " being computed"));
  }

  private static boolean isOf(Optional<Found> image, SourceIdentity source) {
    return image.isPresent() && source.files().get(0).path().equals(image.get().path());
  }

  private static boolean isSame(Optional<Found> one, Optional<Found> other) {
    return one.isPresent() && other.isPresent() && one.get().path().equals(other.get().path());
  }

  /** Whether a name is that of the image, of its disk, or of what is made from it. */
  private static boolean isOf(String asked, Pin pin, String installed) {
    String base = ImageVersions.base(asked);
    return asked.equals(pin.image())
        || asked.equals(installed)
        || base.equals(ImageVersions.base(installed))
        || (base + ".raw").equals(ImageVersions.base(installed))
        || (base.endsWith(".raw") && SourceNames.stem(base).equals(SourceNames.stem(pin.image())));
  }

  private static Reply replaced(Request request, Pin pin, String now) {
    return Reply.Problem.of(
        HttpResponseStatus.CONFLICT,
        request.path().text()
            + ": was replaced since the install script was handed out, which named the SHA-256 "
            + pin.sha256()
            + "; "
            + now
            + " (expected: the same image; to install the new one, cancel the installation and ask"
            + " for it again)");
  }

  private static Reply later(Request request, String what) {
    return Failures.later(request.path().text() + ": " + what);
  }
}
