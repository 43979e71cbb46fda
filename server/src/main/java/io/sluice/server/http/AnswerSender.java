package io.sluice.server.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.metrics.AbortReason;
import io.sluice.server.admission.Admission;
import io.sluice.server.schedule.BulkLoops;
import io.sluice.server.transfer.TransferPump;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends answers: small ones from the loop their connection is on, large ones from a bulk loop, to
 * which the connection moves and from which it comes back when it is used again. An image stream
 * waits for its admission first.
 */
final class AnswerSender {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerSender.class);

  /** Told how each answer goes, on the loop of its connection. */
  interface Outcome {
    /** The answer has to wait for its turn; nothing of it has been sent. */
    void waits(ChannelHandlerContext ctx, Exchange exchange);

    /** The answer begins to leave. */
    void begins(Exchange exchange);

    /**
     * The last byte is out. Runs on the control loop, or on the bulk loop when the connection is
     * not used again.
     */
    void sent(ChannelHandlerContext ctx, Exchange exchange);

    /** The connection is gone before the last byte was out, and is closed. */
    void cutOff(Exchange exchange);
  }

  private final Senders ways;
  private final Function<String, EndpointClass> classifier;
  private final Outcome outcome;

  AnswerSender(Senders ways, Function<String, EndpointClass> classifier, Outcome outcome) {
    this.ways = ways;
    this.classifier = classifier;
    this.outcome = outcome;
  }

  /** Begins to send, or to wait for it; on the loop of the connection. */
  void send(ChannelHandlerContext ctx, Exchange exchange, Reply reply) {
    if (!(reply instanceof Reply.Transfer transfer) || exchange.framing().headOnly()) {
      sendHere(ctx, exchange, reply);
    } else if (ImageStream.is(classifier.apply(exchange.head().uri()), transfer)) {
      new Held(ctx, exchange, transfer).ask();
    } else if (ways.bulk().takes(transfer.plan().length())) {
      sendInBulk(ctx, exchange, transfer, null);
    } else {
      sendHere(ctx, exchange, transfer);
    }
  }

  private void sendHere(ChannelHandlerContext ctx, Exchange exchange, Reply reply) {
    write(exchange, reply, TransferPump.Turns.of(ctx.executor()), new Ending(ctx, exchange));
  }

  private void sendInBulk(
      ChannelHandlerContext ctx,
      Exchange exchange,
      Reply.Transfer transfer,
      Admission.@Nullable Stream stream) {
    ways.bulk()
        .enter(
            ctx.channel(),
            ImageStream.machine(ctx.channel(), exchange.head()),
            stream == null ? bytes -> {} : stream,
            place -> write(exchange, transfer, place, new Ending(ctx, exchange, place, stream)),
            lost -> {
              if (stream != null) {
                stream.close();
              }
              drop(ctx, exchange, transfer);
            });
  }

  private void write(Exchange exchange, Reply reply, TransferPump.Turns turns, Ending ending) {
    outcome.begins(exchange);
    exchange.progress(
        ReplyWriter.write(ending.ctx, reply, exchange.framing(), ways.sources(), turns, ending));
  }

  private void drop(ChannelHandlerContext ctx, Exchange exchange, Reply.Transfer transfer) {
    transfer.holds().release();
    outcome.cutOff(exchange);
    ctx.close();
  }

  /** An image stream that waits for its admission. */
  private final class Held implements Admission.Waiter {
    private final ChannelHandlerContext ctx;
    private final Exchange exchange;
    private final Reply.Transfer transfer;
    private boolean decided;
    private Runnable forget = () -> {};

    Held(ChannelHandlerContext ctx, Exchange exchange, Reply.Transfer transfer) {
      this.ctx = ctx;
      this.exchange = exchange;
      this.transfer = transfer;
    }

    void ask() {
      Admission.Ticket ticket =
          ways.admission()
              .ask(ImageStream.applicant(ctx.channel(), exchange.head(), transfer), this);
      if (!decided) {
        ChannelFutureListener gone =
            closed -> {
              if (ticket.cancel()) {
                drop(ctx, exchange, transfer);
              }
            };
        ctx.channel().closeFuture().addListener(gone);
        forget = () -> ctx.channel().closeFuture().removeListener(gone);
        outcome.waits(ctx, exchange);
      }
    }

    @Override
    public void admitted(Admission.Stream stream) {
      decide(
          () -> {
            if (ctx.channel().isActive()) {
              sendInBulk(ctx, exchange, transfer, stream);
            } else {
              stream.close();
              drop(ctx, exchange, transfer);
            }
          });
    }

    @Override
    public void refused(int seconds) {
      decide(
          () -> {
            transfer.holds().release();
            sendHere(
                ctx,
                exchange,
                new Reply.Problem(
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    "all image streams are taken (expected: come back in " + seconds + " s)",
                    Map.of(ResponseFields.RETRY_AFTER, Integer.toString(seconds))));
          });
    }

    private void decide(Runnable decision) {
      if (ctx.executor().inEventLoop()) {
        decided = true;
        forget.run();
        decision.run();
      } else {
        ctx.executor().execute(() -> decide(decision));
      }
    }
  }

  private final class Ending implements TransferPump.Completion {
    private final ChannelHandlerContext ctx;
    private final Exchange exchange;
    private final BulkLoops.@Nullable LoopSlot place;
    private final Admission.@Nullable Stream stream;

    Ending(ChannelHandlerContext ctx, Exchange exchange) {
      this(ctx, exchange, null, null);
    }

    Ending(
        ChannelHandlerContext ctx,
        Exchange exchange,
        BulkLoops.@Nullable LoopSlot place,
        Admission.@Nullable Stream stream) {
      this.ctx = ctx;
      this.exchange = exchange;
      this.place = place;
      this.stream = stream;
    }

    @Override
    public void sent() {
      endStream();
      if (place == null) {
        outcome.sent(ctx, exchange);
      } else if (exchange.keepAlive()) {
        place.leave(ctx.channel(), () -> outcome.sent(ctx, exchange));
      } else {
        place.free();
        outcome.sent(ctx, exchange);
      }
    }

    @Override
    public void failed(Throwable cause, boolean ours) {
      endStream();
      if (place != null) {
        place.free();
      }
      if (ours) {
        AbortReason.mark(ctx.channel(), AbortReason.SERVER_ERROR);
        LOG.warn("transfer cut off: {}: {}", exchange.head().uri(), cause.getMessage());
      }
      outcome.cutOff(exchange);
      ctx.close();
    }

    private void endStream() {
      if (stream != null) {
        stream.close();
      }
    }
  }
}
