package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.http.BodySink;
import io.sluice.server.http.Reply;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The body of an import in memory. It is only taken while it is the import's turn: some of them at
 * once would take as much memory as a fleet.
 */
final class ImportBody implements BodySink {
  private final Semaphore turn;
  private final int limit;
  private final AtomicBoolean held = new AtomicBoolean();
  private final int length;
  private ByteArrayOutputStream kept = new ByteArrayOutputStream(0);

  /**
   * Nothing is kept yet.
   *
   * @param turn is taken when the body is to come, and given back by {@link #abandon}
   * @param length how many bytes are announced, less than 0 when that is not said
   * @param limit the most bytes
   */
  ImportBody(Semaphore turn, long length, int limit) {
    this.turn = turn;
    this.limit = limit;
    this.length = (int) Math.max(0, Math.min(length, limit));
  }

  @Override
  public CompletionStage<Optional<Reply>> begin() {
    boolean taken = take();
    return CompletableFuture.completedFuture(taken ? Optional.empty() : Optional.of(busy()));
  }

  /** Takes the turn, if it has not; a request without a body does so late. */
  boolean take() {
    if (held.get()) {
      return true;
    }
    boolean taken = turn.tryAcquire();
    held.set(taken);
    return taken;
  }

  static Reply busy() {
    return Problems.later("another import is under way (expected: one at a time)");
  }

  @Override
  public CompletionStage<Optional<Reply>> take(byte[] piece) {
    if (kept.size() + piece.length > limit) {
      return CompletableFuture.completedFuture(Optional.of(Problems.of(tooLarge(limit))));
    }
    if (kept.size() == 0) {
      kept = new ByteArrayOutputStream(length);
    }
    kept.writeBytes(piece);
    return CompletableFuture.completedFuture(Optional.empty());
  }

  static BadRequest tooLarge(int limit) {
    return new BadRequest(
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
        "body (expected: at most " + limit + " bytes)");
  }

  byte[] bytes() {
    return kept.toByteArray();
  }

  /** Gives the turn to the next. */
  @Override
  public void abandon() {
    if (held.getAndSet(false)) {
      turn.release();
    }
  }
}
