package io.sluice.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request while it comes, dealt with as its endpoint wants. Used on the loop of the
 * connection only.
 */
final class IncomingBody {
  /**
   * How much of a body that its endpoint does not want is read for the sake of keeping the
   * connection, in bytes.
   */
  static final int MAX_DISCARDED_BYTES = 64 * 1024;

  private static final CompletionStage<Optional<Reply>> ROOM =
      CompletableFuture.completedFuture(Optional.empty());

  private final BodyIntake intake;
  private final boolean announced;
  private final boolean heldBack;
  private final long length;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
  private long received;
  private boolean ended;

  /** The body of a well-formed request. */
  IncomingBody(HttpRequest head, BodyIntake intake) {
    this.intake = intake;
    this.length = HttpUtil.getContentLength(head, 0L);
    this.announced = HttpUtil.isTransferEncodingChunked(head) || length > 0;
    this.heldBack = announced && HttpUtil.is100ContinueExpected(head);
  }

  private IncomingBody() {
    this.intake = BodyIntake.DISCARD;
    this.length = 0;
    this.announced = false;
    this.heldBack = false;
  }

  /** Stands for the body of a request whose head is not even looked at. */
  static IncomingBody unknown() {
    return new IncomingBody();
  }

  /** Whether it is not going to be read, so that the answer comes at once. */
  boolean isUnwelcome() {
    return announced && ((heldBack && !isWanted()) || length > limit() || refusal() != null);
  }

  /** Whether the client has to be asked for it. */
  boolean mustBeAskedFor() {
    return heldBack && isWanted();
  }

  /** Whether it may take longer than a request may. */
  boolean isPoured() {
    return announced && intake instanceof BodyIntake.Pour;
  }

  /** Completes when it may come, or with the answer when its sink does not want it. */
  CompletionStage<Optional<Reply>> begin() {
    return isPoured() ? ((BodyIntake.Pour) intake).sink().begin() : ROOM;
  }

  /**
   * What is in memory of it, in bytes: an array that grows by doubling, and the copy that the
   * endpoint gets.
   */
  long heldBytes() {
    return intake instanceof BodyIntake.Keep ? 2L * kept.size() : 0;
  }

  /** Bytes that have come. */
  long received() {
    return received;
  }

  private boolean isWanted() {
    return intake instanceof BodyIntake.Keep || intake instanceof BodyIntake.Pour;
  }

  private long limit() {
    if (intake instanceof BodyIntake.Keep keep) {
      return keep.limit();
    }
    return intake instanceof BodyIntake.Pour ? Long.MAX_VALUE : MAX_DISCARDED_BYTES;
  }

  /**
   * Takes a piece.
   *
   * @return completes when the next may come, or with the answer when no more is wanted
   */
  CompletionStage<Optional<Reply>> take(ByteBuf piece) {
    int bytes = piece.readableBytes();
    received += bytes;
    if (bytes == 0 || received > limit()) {
      return ROOM;
    }
    if (intake instanceof BodyIntake.Keep) {
      kept.writeBytes(ByteBufUtil.getBytes(piece));
    }
    return intake instanceof BodyIntake.Pour pour
        ? pour.sink().take(ByteBufUtil.getBytes(piece))
        : ROOM;
  }

  /** Whether more came than is read. */
  boolean isTooMuch() {
    return received > limit();
  }

  /** All of it has come. */
  void end() {
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }

  /** The exchange is over, or the connection gone. */
  void close() {
    if (!ended && intake instanceof BodyIntake.Pour pour) {
      ended = true;
      pour.sink().abandon();
    }
  }

  /** What is answered without asking the endpoint, if anything is. */
  @Nullable Reply refusal() {
    if (intake instanceof BodyIntake.Refuse refuse) {
      return refuse.reply();
    }
    if (intake instanceof BodyIntake.Keep keep && (length > keep.limit() || isTooMuch())) {
      return Reply.Problem.of(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "body (expected: at most " + keep.limit() + " bytes)");
    }
    return null;
  }

  /** What the endpoint gets. */
  RequestBody body() {
    if (intake instanceof BodyIntake.Keep) {
      return new RequestBody.Bytes(kept.toByteArray());
    }
    return intake instanceof BodyIntake.Pour pour
        ? new RequestBody.Poured(pour.sink())
        : RequestBody.NONE;
  }
}
