package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.metrics.AbortReason;
import io.sluice.server.transfer.SendProgress;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads one exchange after the other over a connection: takes a request, lets its endpoint answer
 * it, has the answer written, and then asks for the next request or closes. Last in the pipeline;
 * reads only when it wants something, the handler before it keeps what has come too early.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter {
  /**
   * User event: answer what is being answered, close after it, and close at once when there is
   * nothing.
   */
  static final Object DRAIN = new Object();

  private static final Logger LOG = LoggerFactory.getLogger(ExchangeHandler.class);

  private final RequestDecoder decoder;
  private final Senders senders;
  private final TimeoutCounters timeouts;
  private final ConnectionDeadlines deadlines;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private @Nullable Answer answer;
  private boolean closing;
  private boolean reading;
  private boolean inputEnded;

  ExchangeHandler(
      RequestDecoder decoder,
      Senders senders,
      ServerPipeline.Timeouts limits,
      TimeoutCounters timeouts) {
    this.decoder = decoder;
    this.senders = senders;
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
      if (message instanceof RoutedRequest head && !closing) {
        begin(ctx, head);
      }
      if (message instanceof HttpContent content && exchange != null) {
        receive(ctx, exchange, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, RoutedRequest head) {
    deadlines.receiving();
    var problem = RequestRules.problemOf(head);
    if (problem.isPresent()) {
      exchange = Exchange.refused(head);
      answer(ctx, exchange, problem.get());
      return;
    }
    Exchange begun = Exchange.of(head, ctx.channel()::close);
    exchange = begun;
    IncomingBody body = begun.body();
    if (body.isUnwelcome()) {
      dispatch(ctx, begun);
      return;
    }
    if (!body.isPoured()) {
      ask(ctx, body);
      return;
    }
    deadlines.answering();
    onLoop(
        ctx,
        body.begin(),
        (refusal, failure) -> {
          if (exchange != begun || begun.isAnswering()) {
            return;
          }
          if (refusal == null) {
            answer(ctx, begun, begun.failed(failure));
          } else if (refusal.isPresent()) {
            answer(ctx, begun, begun.shown(refusal.get()));
          } else {
            deadlines.sending(SendProgress.byClient(body::received));
            ask(ctx, body);
          }
        });
  }

  /** Lets the body of a request come. */
  private void ask(ChannelHandlerContext ctx, IncomingBody body) {
    if (body.mustBeAskedFor()) {
      ReplyWriter.goAhead(ctx);
    }
    readOn(ctx);
  }

  private void receive(ChannelHandlerContext ctx, Exchange current, HttpContent content) {
    if (current.isAnswering()) {
      return;
    }
    IncomingBody body = current.body();
    if (content.decoderResult().isFailure()) {
      current.closeAfterwards();
      answer(ctx, current, RequestRules.malformed(content.decoderResult().cause()));
      return;
    }
    // The decoder does not check the lines of a trailer as it does those of a head.
    boolean ended = content instanceof LastHttpContent;
    if (ended && !((LastHttpContent) content).trailingHeaders().isEmpty()) {
      current.closeAfterwards();
    }
    onLoop(
        ctx,
        body.take(content.content()),
        (refusal, failure) -> {
          if (refusal == null) {
            answer(ctx, current, current.failed(failure));
          } else {
            proceed(ctx, current, ended, refusal);
          }
        });
  }

  /** Goes on when what has come of a body has been dealt with. */
  private void proceed(
      ChannelHandlerContext ctx, Exchange current, boolean ended, Optional<Reply> refusal) {
    if (exchange != current || current.isAnswering()) {
      return;
    }
    if (refusal.isPresent()) {
      answer(ctx, current, refusal.get());
      return;
    }
    if (ended) {
      current.body().end();
    }
    if (ended || current.body().isTooMuch()) {
      dispatch(ctx, current);
    } else {
      readOn(ctx);
    }
  }

  /** Goes on with a value or a failure on the loop, at once when that is where it is known. */
  private static <T> void onLoop(
      ChannelHandlerContext ctx,
      CompletionStage<T> stage,
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> next) {
    stage.whenComplete(
        (value, failure) -> {
          if (ctx.executor().inEventLoop()) {
            next.accept(value, failure);
          } else {
            ctx.executor().execute(() -> next.accept(value, failure));
          }
        });
  }

  private void dispatch(ChannelHandlerContext ctx, Exchange current) {
    current.answering();
    deadlines.answering();
    onLoop(
        ctx,
        current.dispatch(),
        (reply, failure) -> answer(ctx, current, reply == null ? current.failed(failure) : reply));
  }

  private void answer(ChannelHandlerContext ctx, Exchange current, Reply made) {
    Reply reply = made instanceof Reply.Tracked tracked ? tracked.reply() : made;
    Reply.EndListener listener =
        made instanceof Reply.Tracked tracked ? tracked.listener() : (status, bytes, reason) -> {};
    current.answering(reply);
    if (closing) {
      current.closeAfterwards();
    }
    Answer begun = new Answer(ctx, current, current.shown(reply), listener, senders, this::entered);
    answer = begun;
    begun.begin();
  }

  /** The answer has entered a state; on the loop of the connection. */
  private void entered(Answer.State state, Answer entering) {
    ChannelHandlerContext ctx = entering.context();
    switch (state) {
      case WAITING -> {
        if (inputEnded) {
          ctx.close();
        }
      }
      case SENDING -> deadlines.sending(entering);
      case DONE -> {
        Exchange answered = entering.exchange();
        exchange = null;
        answer = null;
        if (answered.keepAlive() && !closing) {
          next(ctx);
        } else {
          close(ctx, answered);
        }
      }
      case CUT_OFF -> {
        exchange = null;
        answer = null;
        ctx.close();
      }
    }
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

  private void close(ChannelHandlerContext ctx, Exchange last) {
    closing = true;
    deadlines.closing();
    if (inputEnded || (last.isClientsLast() && !decoder.holdsBytes())) {
      ctx.close();
    } else {
      LingeringClose.begin(ctx.channel());
    }
  }

  private void expired(TimeoutCounters.Deadline what) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    timeouts.count(what, exchange != null);
    AbortReason.mark(ctx.channel(), AbortReason.TIMEOUT);
    if (what == TimeoutCounters.Deadline.REQUEST && !ctx.isRemoved()) {
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
  public void channelInactive(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.leave();
    }
    ctx.fireChannelInactive();
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
      if (exchange == null
          || !exchange.outlivesInput()
          || (answer != null && !answer.outlivesInput())) {
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
