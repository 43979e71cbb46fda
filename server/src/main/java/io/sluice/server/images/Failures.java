package io.sluice.server.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.derive.NotInflatedException;
import io.sluice.server.derive.cache.NoCacheException;
import io.sluice.server.derive.source.DamagedSourceException;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.keyed.OverdueException;
import io.sluice.server.qcow2.RefusedImageException;
import io.sluice.server.root.RootGoneException;
import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told when something could not be made. */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** Makes an answer on a pool that may block; what goes wrong is an answer as well. */
  static CompletionStage<Reply> onPool(
      Request request, Executor pool, BlockingStage<Reply> answering) {
    String path = request.path().text();
    return answering.on(pool, path).exceptionally(failure -> reply(path, failure));
  }

  /** The answer to a request for a path. */
  private static Reply reply(String path, Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    if (cause instanceof RefusedImageException || cause instanceof DamagedSourceException) {
      return Reply.Problem.of(
          HttpResponseStatus.UNPROCESSABLE_ENTITY, path + ": " + cause.getMessage());
    }
    if (cause instanceof NoRoomException) {
      return Reply.Problem.of(
          HttpResponseStatus.INSUFFICIENT_STORAGE, path + ": " + cause.getMessage());
    }
    if (cause instanceof NoCacheException) {
      return later(path + ": cannot be made: " + cause.getMessage());
    }
    if (cause instanceof ReplacedSourceException || cause instanceof NotInflatedException) {
      return later(path + ": " + cause.getMessage());
    }
    if (cause instanceof RejectedExecutionException || cause instanceof CancellationException) {
      return later(path + ": too much is being made at the moment");
    }
    if (cause instanceof OverdueException) {
      return later(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof RootGoneException) {
      return later(path + ": the server has no root at the moment");
    }
    LOG.warn("{}: {}", path, cause.toString());
    return later(path + ": cannot be made at the moment");
  }

  /** There is nothing it could be made from. */
  static Reply missing(String path) {
    return Reply.Problem.of(HttpResponseStatus.NOT_FOUND, path + ": no such file");
  }

  /** It may be better soon. */
  static Reply later(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
  }
}
