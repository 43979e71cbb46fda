package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.metrics.AbortReason;
import io.sluice.server.http.connection.ConnectionMemory;
import io.sluice.server.http.connection.Connections;
import io.sluice.server.http.connection.LingeringClose;
import io.sluice.server.http.connection.TimeoutCounters;
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
 * asks the decoder for one message at a time, which keeps the bytes that have come too early.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter {
  /**
   * User event: answer what is being answered, close after it, and close at once when there is
   * nothing.
   */
  static final Object DRAIN = new Object();

  /** User event: the budget of the port needs what waits for the client of this connection. */
  static final Object GIVE_UP = new Object();

  private static final Logger LOG = LoggerFactory.getLogger(ExchangeHandler.class);

  private static final Reply BUSY =
      Reply.Problem.of(
          HttpResponseStatus.SERVICE_UNAVAILABLE,
          "memory for requests (expected: room for this one; there will be some soon)");

  private final RequestDecoder decoder;
  private final ConnectionMemory memory;
  private final Senders senders;
  private final TimeoutCounters timeouts;
  private final ConnectionDeadlines deadlines;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private @Nullable Answer answer;
  private boolean closing;
  private boolean inputEnded;

  ExchangeHandler(
      RequestDecoder decoder,
      ConnectionMemory memory,
      Senders senders,
      ServerPipeline.Timeouts limits,
      TimeoutCounters timeouts) {
    this.decoder = decoder;
    this.memory = memory;
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
    decoder.want();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
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
    asked(ctx, true);
    if (!memory.request(begun.heldBytes())) {
      begun.closeAfterwards();
      answer(ctx, begun, begun.shown(BUSY));
      return;
    }
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
    decoder.want();
  }

  private void receive(ChannelHandlerContext ctx, Exchange current, HttpContent content) {
    if (current.isAnswering()) {
      return;
    }
    IncomingBody body = current.body();
    if (!memory.request(current.heldBytes() + content.content().readableBytes())) {
      current.closeAfterwards();
      answer(ctx, current, current.shown(BUSY));
      return;
    }
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
      decoder.want();
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
    if (exchange == current) {
      decoder.watch();
    }
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
    if (answer == begun && !memory.answer(begun.heldBytes())) {
      ctx.close();
    }
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
        ended(ctx);
        if (answered.keepAlive() && !closing) {
          next();
        } else {
          close(ctx, answered);
        }
      }
      case CUT_OFF -> {
        ended(ctx);
        ctx.close();
      }
    }
  }

  private void ended(ChannelHandlerContext ctx) {
    exchange = null;
    answer = null;
    asked(ctx, false);
    memory.request(0);
    memory.answer(0);
  }

  /** Whether something is asked on the connection, so that it does not make room for another. */
  private static void asked(ChannelHandlerContext ctx, boolean now) {
    Connections.Place place = Connections.placeOf(ctx.channel());
    if (place != null) {
      place.asked(now);
    }
  }

  /** A transfer goes on to its end; what was sent behind its request is forgotten. */
  private void giveUp(ChannelHandlerContext ctx) {
    Exchange current = exchange;
    Answer running = answer;
    if (current != null && running != null && running.heldBytes() == 0) {
      current.closeAfterwards();
      closing = true;
      decoder.refuseTheRest();
    } else {
      ctx.close();
    }
  }

  /** Waits for the next request. */
  private void next() {
    deadlines.idle();
    if (decoder.holdsBytes()) {
      deadlines.receiving();
    }
    decoder.want();
  }

  private void close(ChannelHandlerContext ctx, Exchange last) {
    closing = true;
    deadlines.closing();
    boolean moreCame = decoder.holdsBytes();
    decoder.refuseTheRest();
    if (inputEnded || (last.isClientsLast() && !moreCame)) {
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
    memory.close();
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
    } else if (event == GIVE_UP) {
      giveUp(ctx);
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
