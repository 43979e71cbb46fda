package io.sluice.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.PromiseNotifier;
import io.sluice.server.keyed.ByteBudget;
import io.sluice.server.transfer.PartSources;
import io.sluice.server.transfer.SendProgress;
import io.sluice.server.transfer.TransferPlan;
import io.sluice.server.transfer.TransferPump;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Turns replies into bytes; nothing else writes to a connection of the image port. {@code
 * Content-Type} or {@code Date} comes first in every head, because GRUB waits 34 s after an answer
 * that begins with {@code Content-Length}.
 */
final class ReplyWriter {

  /**
   * The exchange as far as its answer depends on it.
   *
   * @param headOnly whether the request was a HEAD
   * @param keepAlive whether the connection is used again
   * @param oldClient whether the client speaks HTTP/1.0 and must be told that the connection stays
   */
  record Framing(boolean headOnly, boolean keepAlive, boolean oldClient) {}

  /** The least time until an operator or the store has done something about a 503, in seconds. */
  static final int LEAST_RETRY_SECONDS = 4;

  /** A machine that waits longer for nothing looks as if it hung. */
  static final int MOST_RETRY_SECONDS = 14;

  private ReplyWriter() {}

  /**
   * Begins to send an answer.
   *
   * @param senders where a transfer takes its parts from, and events their room
   * @param turns where a transfer gets its turns
   * @param end succeeds when the last byte is out, else fails
   * @return how far the answer is
   */
  static SendProgress write(
      ChannelHandlerContext ctx,
      Reply reply,
      Framing framing,
      Senders senders,
      TransferPump.Turns turns,
      ChannelPromise end) {
    if (reply instanceof Reply.Transfer transfer) {
      return writeTransfer(ctx, transfer, framing, senders.sources(), turns, end);
    }
    if (reply instanceof Reply.Events events && !framing.headOnly()) {
      return writeEvents(ctx, events, framing, senders.events(), end);
    }
    return writeSmall(ctx, reply, framing, end);
  }

  /** Asks the client for the body it holds back (RFC 9110 §10.1.1). */
  static void goAhead(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
  }

  private static SendProgress writeSmall(
      ChannelHandlerContext ctx, Reply reply, Framing framing, ChannelPromise end) {
    Reply.Page page;
    if (reply instanceof Reply.Page ready) {
      page = ready;
    } else if (reply instanceof Reply.Problem problem) {
      page = ProblemPages.line(problem);
    } else {
      String type = reply instanceof Reply.Events events ? events.contentType() : "";
      page = new Reply.Page(reply.status(), type, new byte[0], reply.headers());
    }
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            page.status(),
            framing.headOnly() ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(page.body()));
    boolean hasBody =
        !page.status().equals(HttpResponseStatus.NOT_MODIFIED)
            && !page.status().equals(HttpResponseStatus.NO_CONTENT);
    fillHead(response, reply, hasBody ? page.contentType() : "", page.headers(), framing);
    if (hasBody) {
      response.headers().set(ResponseFields.CONTENT_LENGTH, page.body().length);
    }
    long bytes = response.content().readableBytes();
    ctx.writeAndFlush(response).addListener(new PromiseNotifier<>(false, end));
    return SendProgress.byClient(() -> end.isSuccess() ? bytes : 0);
  }

  private static SendProgress writeTransfer(
      ChannelHandlerContext ctx,
      Reply.Transfer transfer,
      Framing framing,
      PartSources sources,
      TransferPump.Turns turns,
      ChannelPromise end) {
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, transfer.status());
    fillHead(response, transfer, transfer.contentType(), transfer.headers(), framing);
    if (transfer.plan().isLengthKnown()) {
      response.headers().set(ResponseFields.CONTENT_LENGTH, transfer.plan().length());
    } else if (!framing.oldClient() && !framing.headOnly()) {
      response.headers().set(ResponseFields.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    boolean endsWithConnection =
        !transfer.plan().isLengthKnown() && framing.oldClient() && !framing.headOnly();
    if (endsWithConnection) {
      linger(ctx.channel(), 0);
      end.addListener(
          sent -> {
            if (sent.isSuccess()) {
              linger(ctx.channel(), -1);
            } else {
              closeUnsaid(ctx.channel());
            }
          });
    }
    ctx.write(response);
    TransferPlan plan = framing.headOnly() ? TransferPlan.empty() : transfer.plan();
    TransferPump pump = new TransferPump(ctx, plan, sources, turns, end);
    pump.begin();
    return pump;
  }

  /**
   * How a connection is closed: with a time of 0 by a reset, whatever closes it. Nothing else tells
   * a client of HTTP/1.0 that a body whose length it does not know was cut off.
   *
   * @param seconds -1 to close it in order
   */
  private static void linger(Channel channel, int seconds) {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, seconds);
    } catch (ChannelException gone) {
      // Then it is closed already, by the client.
    }
  }

  /** Closes a connection, and has TLS not say that nothing was cut off (RFC 8446 §6.1). */
  private static void closeUnsaid(Channel channel) {
    ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
    if (tls != null) {
      tls.close();
    }
  }

  private static SendProgress writeEvents(
      ChannelHandlerContext ctx,
      Reply.Events events,
      Framing framing,
      ByteBudget budget,
      ChannelPromise end) {
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, events.status());
    fillHead(response, events, events.contentType(), events.headers(), framing);
    if (framing.oldClient()) {
      response.headers().set(ResponseFields.CONNECTION, HttpHeaderValues.CLOSE);
    } else {
      response.headers().set(ResponseFields.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    ctx.writeAndFlush(response);
    EventWriter writer = new EventWriter(ctx, end, budget);
    writer.begin(events.source());
    return SendProgress.byClient(writer::sentBytes);
  }

  private static void fillHead(
      HttpResponse response,
      Reply reply,
      String contentType,
      Map<CharSequence, String> more,
      Framing framing) {
    HttpHeaders headers = response.headers();
    if (!contentType.isEmpty()) {
      headers.set(ResponseFields.CONTENT_TYPE, contentType);
    }
    headers.set(ResponseFields.DATE, HttpDate.now());
    headers.set(ResponseFields.X_CONTENT_TYPE_OPTIONS, "nosniff");
    more.forEach(headers::set);
    // iPXE gives up on a 503 without a time to come back.
    if (reply.status().equals(HttpResponseStatus.SERVICE_UNAVAILABLE)
        && !headers.contains(ResponseFields.RETRY_AFTER)) {
      headers.set(ResponseFields.RETRY_AFTER, retryAfterSeconds());
    }
    if (!framing.keepAlive()) {
      headers.set(ResponseFields.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (framing.oldClient()) {
      headers.set(ResponseFields.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }

  /**
   * When a client that gets a 503 is to ask again (RFC 9110 §10.2.3): each of the times as likely,
   * so that clients that were refused together, as 5,000 machines while the store is away, do not
   * come back together.
   */
  static int retryAfterSeconds() {
    return ThreadLocalRandom.current().nextInt(LEAST_RETRY_SECONDS, MOST_RETRY_SECONDS + 1);
  }
}
