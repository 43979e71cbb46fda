package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.server.http.arrival.Arrival;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and what becomes of it and of its connection. Used on the loop of the connection
 * only.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private final RoutedRequest head;
  private final IncomingBody body;
  private final Cancellation cancellation;
  private boolean keepAlive;
  private boolean answering;

  private Exchange(
      RoutedRequest head, IncomingBody body, Cancellation cancellation, boolean keepAlive) {
    this.head = head;
    this.body = body;
    this.cancellation = cancellation;
    this.keepAlive = keepAlive;
  }

  /**
   * A request that is well-formed.
   *
   * @param hangUp closes its connection; runs on any thread
   */
  static Exchange of(RoutedRequest head, Runnable hangUp) {
    BodyIntake intake = head.endpoint().intake(head.request());
    return new Exchange(
        head, new IncomingBody(head, intake), new Cancellation(hangUp), HttpUtil.isKeepAlive(head));
  }

  /** A request that its endpoint does not see, the last one of its connection. */
  static Exchange refused(RoutedRequest head) {
    return new Exchange(head, IncomingBody.unknown(), Cancellation.never(), false);
  }

  /** Stands for a request of which not even the head has arrived. */
  static Exchange withoutHead() {
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    return refused(
        new RoutedRequest(
            head,
            Arrival.straight(new InetSocketAddress(0), head.headers()),
            new RouteTable.Found(RequestTarget.parse(head.uri()), Optional.empty())));
  }

  RoutedRequest head() {
    return head;
  }

  /** Lets it be answered, now that its body has been dealt with. */
  CompletionStage<Reply> dispatch() {
    Reply refusal = body.refusal();
    return refusal == null
        ? head.endpoint().answer(head.request().with(body.body(), cancellation))
        : CompletableFuture.completedFuture(refusal);
  }

  /** What is answered when the server itself is to blame; its log says more. */
  Reply failed(@Nullable Throwable failure) {
    LOG.error("request failed: {} {}", head.method(), head.uri(), failure);
    return Reply.Problem.of(
        HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says how");
  }

  /** How an answer is told: under {@code /api} problems are JSON. */
  Reply shown(Reply reply) {
    return reply instanceof Reply.Problem problem && head.isOfApi()
        ? ProblemPages.json(problem)
        : reply;
  }

  /** What it has in memory, in bytes: what is kept of the head, and of the body twice as much. */
  long heldBytes() {
    return head.keptBytes() + body.heldBytes();
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

  /** From here on it is answered with this, which may say what becomes of the connection. */
  void answering(Reply reply) {
    answering();
    body.close();
    cancellation.answer();
    boolean endsWithConnection =
        reply instanceof Reply.Transfer transfer
            && !transfer.plan().isLengthKnown()
            && framing().oldClient();
    if (endsWithConnection || reply.status().equals(HttpResponseStatus.BAD_REQUEST)) {
      keepAlive = false;
    }
  }

  /**
   * The client has ended its side of the connection.
   *
   * @return whether there is something to answer all the same
   */
  boolean outlivesInput() {
    return !cancellation.endInput() && answering;
  }

  /** The connection is gone. */
  void leave() {
    body.close();
    cancellation.leave();
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

  /**
   * Whether nothing more comes from the client: it asked for the connection to be closed, and its
   * request is complete (RFC 9112 §9.6).
   */
  boolean isClientsLast() {
    return body.hasEnded() && !HttpUtil.isKeepAlive(head);
  }

  ReplyWriter.Framing framing() {
    boolean old = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    return new ReplyWriter.Framing(HttpMethod.HEAD.equals(head.method()), keepAlive, old);
  }
}
