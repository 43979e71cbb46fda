package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and what becomes of it and of its connection. Used on the loop of the connection
 * only.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private final HttpRequest head;
  private final Router.@Nullable Routed routed;
  private final IncomingBody body;
  private boolean keepAlive;
  private boolean answering;
  private boolean endless;
  private LongSupplier progress = () -> 0;

  private Exchange(HttpRequest head, Router.@Nullable Routed routed) {
    this.head = head;
    this.routed = routed;
    this.body = routed == null ? IncomingBody.unknown() : new IncomingBody(head, routed.intake());
    this.keepAlive = HttpUtil.isKeepAlive(head);
  }

  /** A request that has somebody to answer it. */
  static Exchange of(HttpRequest head, Router.Routed routed) {
    return new Exchange(head, routed);
  }

  /** A request that nobody but the caller answers. */
  static Exchange refused(HttpRequest head) {
    return new Exchange(head, null);
  }

  /** Stands for a request of which not even the head has arrived. */
  static Exchange withoutHead() {
    return refused(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
  }

  HttpRequest head() {
    return head;
  }

  /** Lets it be answered, now that its body has been dealt with. */
  CompletionStage<Reply> dispatch() {
    Router.Routed next = Objects.requireNonNull(routed);
    Reply refusal = body.refusal();
    return refusal == null
        ? next.answer(body.body())
        : CompletableFuture.completedFuture(next.shown(refusal));
  }

  /** What is answered when the server itself is to blame; its log says more. */
  Reply failed(@Nullable Throwable failure) {
    LOG.error("request failed: {} {}", head.method(), head.uri(), failure);
    return Reply.Problem.of(
        HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says how");
  }

  /** How an answer is told that was found before the endpoint was asked. */
  Reply shown(Reply reply) {
    return routed == null ? reply : routed.shown(reply);
  }

  /** Its body, while it comes. */
  IncomingBody body() {
    return body;
  }

  /**
   * From here on the request is being answered. What has not been read of it by now ends the
   * connection.
   */
  void answering() {
    answering = true;
    if (!body.hasEnded()) {
      keepAlive = false;
    }
  }

  /** Its answer goes on until the client has gone. */
  void answeringWithoutEnd() {
    endless = true;
  }

  /** Whether there is something to answer to a client that has ended its side. */
  boolean outlivesInput() {
    return answering && !endless;
  }

  boolean isAnswering() {
    return answering;
  }

  /** The connection is not used again. */
  void closeAfterwards() {
    keepAlive = false;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  ReplyWriter.Framing framing() {
    boolean old = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    return new ReplyWriter.Framing(HttpMethod.HEAD.equals(head.method()), keepAlive, old);
  }

  /** Where to ask how far the answer is. */
  void progress(LongSupplier bytes) {
    progress = bytes;
  }

  /** Body bytes of the answer that have left so far. */
  long sentBytes() {
    return progress.getAsLong();
  }
}
