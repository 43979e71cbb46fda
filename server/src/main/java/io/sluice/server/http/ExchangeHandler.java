package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.metrics.AbortReason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads one exchange after the other over a connection: takes a request, lets the router answer it,
 * has the answer written, and then asks for the next request or closes. Last in the pipeline; reads
 * only when it wants something, the handler before it keeps what has come too early.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter implements AnswerSender.Outcome {
  /**
   * User event: answer what is being answered, close after it, and close at once when there is
   * nothing.
   */
  static final Object DRAIN = new Object();

  private static final Logger LOG = LoggerFactory.getLogger(ExchangeHandler.class);

  private final Router router;
  private final RequestDecoder decoder;
  private final AnswerSender sender;
  private final TimeoutCounters timeouts;
  private final ConnectionDeadlines deadlines;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private boolean closing;
  private boolean reading;
  private boolean inputEnded;

  ExchangeHandler(
      RequestDecoder decoder,
      Router router,
      EgressWays ways,
      ConnectionDeadlines.Limits limits,
      TimeoutCounters timeouts) {
    this.decoder = decoder;
    this.router = router;
    this.sender = new AnswerSender(ways, router::endpointClass, this);
    this.timeouts = timeouts;
    this.deadlines = new ConnectionDeadlines(limits, this::expired);
  }

  /** The handler that watches the clock for this one, to be put before the decoder. */
  ConnectionDeadlines deadlines() {
    return deadlines;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    readOn(ctx);
  }

  /** Asks for one message. */
  private void readOn(ChannelHandlerContext ctx) {
    if (!reading) {
      reading = true;
      ctx.read();
    }
  }

  /**
   * The handler before this one forgets what was asked of it at the end of a read that brought no
   * whole message.
   */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (reading) {
      ctx.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = false;
    try {
      if (message instanceof HttpRequest head && !closing) {
        begin(ctx, head);
      }
      if (message instanceof HttpContent content && exchange != null) {
        receive(ctx, exchange, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest head) {
    deadlines.receiving();
    Exchange begun = new Exchange(head);
    exchange = begun;
    var problem = RequestRules.problemOf(head);
    if (problem.isPresent()) {
      begun.closeAfterwards();
      answer(ctx, begun, problem.get());
    } else if (begun.bodyIsUnwelcome()) {
      dispatch(ctx, begun);
    } else {
      readOn(ctx);
    }
  }

  private void receive(ChannelHandlerContext ctx, Exchange current, HttpContent content) {
    if (current.isAnswering()) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      current.closeAfterwards();
      answer(ctx, current, RequestRules.malformed(content.decoderResult().cause()));
    } else if (content instanceof LastHttpContent last) {
      // Nobody has looked at the lines of a trailer as closely as at those of a head.
      if (!last.trailingHeaders().isEmpty()) {
        current.closeAfterwards();
      }
      current.bodyEnded();
      dispatch(ctx, current);
    } else if (current.discardedTooMuch(content.content().readableBytes())) {
      dispatch(ctx, current);
    } else {
      readOn(ctx);
    }
  }

  private void dispatch(ChannelHandlerContext ctx, Exchange current) {
    current.answering();
    deadlines.answering();
    router
        .answer(current.head())
        .whenComplete(
            (reply, failure) -> {
              if (ctx.executor().inEventLoop()) {
                answered(ctx, current, reply, failure);
              } else {
                ctx.executor().execute(() -> answered(ctx, current, reply, failure));
              }
            });
  }

  private void answered(
      ChannelHandlerContext ctx,
      Exchange current,
      @Nullable Reply reply,
      @Nullable Throwable failure) {
    if (reply != null) {
      answer(ctx, current, reply);
      return;
    }
    LOG.error("request failed: {} {}", current.head().method(), current.head().uri(), failure);
    answer(
        ctx,
        current,
        Reply.Problem.of(
            HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says how"));
  }

  private void answer(ChannelHandlerContext ctx, Exchange current, Reply reply) {
    current.answering();
    if (closing
        || reply.status().equals(HttpResponseStatus.BAD_REQUEST)
        || (reply instanceof Reply.Transfer transfer
            && !transfer.plan().isLengthKnown()
            && current.framing().oldClient())) {
      current.closeAfterwards();
    }
    sender.send(ctx, current, reply);
  }

  @Override
  public void waits(ChannelHandlerContext ctx, Exchange waiting) {
    waiting.held(true);
    if (inputEnded) {
      ctx.close();
    }
  }

  @Override
  public void begins(Exchange answered) {
    answered.held(false);
    deadlines.sending(answered);
  }

  @Override
  public void sent(ChannelHandlerContext ctx, Exchange answered) {
    exchange = null;
    if (answered.keepAlive() && !closing) {
      next(ctx);
    } else {
      close(ctx);
    }
  }

  @Override
  public void cutOff(Exchange answered) {
    exchange = null;
  }

  /** Waits for the next request. */
  private void next(ChannelHandlerContext ctx) {
    deadlines.idle();
    if (decoder.holdsBytes()) {
      deadlines.receiving();
    }
    readOn(ctx);
    if (inputEnded && exchange == null) {
      ctx.close();
    }
  }

  private void close(ChannelHandlerContext ctx) {
    closing = true;
    deadlines.closing();
    if (inputEnded) {
      ctx.close();
    } else {
      LingeringClose.begin(ctx.channel());
    }
  }

  private void expired(ExpiredDeadline what) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    timeouts.count(what, exchange != null);
    AbortReason.mark(ctx.channel(), AbortReason.TIMEOUT);
    if (what == ExpiredDeadline.REQUEST && !ctx.isRemoved()) {
      Exchange late = exchange == null ? Exchange.withoutHead() : exchange;
      exchange = late;
      late.closeAfterwards();
      answer(
          ctx,
          late,
          Reply.Problem.of(
              HttpResponseStatus.REQUEST_TIMEOUT, "request (expected: complete in time)"));
    } else {
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == DRAIN) {
      closing = true;
      if (exchange == null) {
        ctx.close();
      } else {
        exchange.closeAfterwards();
      }
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
      // Who hangs up while it is held looks like who only ends its output. The latter is rare, and
      // the place of the former is not to be kept for as long as requests are held.
      if (exchange == null || !exchange.isAnswering() || exchange.isHeld()) {
        ctx.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("connection failed", cause);
      AbortReason.mark(ctx.channel(), AbortReason.SERVER_ERROR);
    }
    ctx.close();
  }
}
