package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.sluice.metrics.AbortReason;
import io.sluice.server.egress.BulkLane;
import io.sluice.server.egress.TransferPump;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends answers: small ones from the loop their connection is on, large ones from a bulk loop, to
 * which the connection moves and from which it comes back when it is used again.
 */
final class AnswerSender {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerSender.class);

  /** Told once how each answer ended. */
  interface Outcome {
    /**
     * The last byte is out. Runs on the control loop, or on the bulk loop when the connection is
     * not used again.
     */
    void sent(ChannelHandlerContext ctx, Exchange exchange);

    /** The connection is gone before the last byte was out, and is closed. */
    void cutOff(Exchange exchange);
  }

  private final BulkLane bulk;
  private final Outcome outcome;

  AnswerSender(BulkLane bulk, Outcome outcome) {
    this.bulk = bulk;
    this.outcome = outcome;
  }

  /** Begins to send; on the loop of the connection. */
  void send(ChannelHandlerContext ctx, Exchange exchange, Reply reply) {
    if (isLarge(reply) && !exchange.framing().headOnly()) {
      bulk.enter(
          ctx.channel(),
          place -> write(exchange, reply, place, new Ending(ctx, exchange, place)),
          lost -> {
            release(reply);
            outcome.cutOff(exchange);
            ctx.close();
          });
    } else {
      write(exchange, reply, ctx.executor()::execute, new Ending(ctx, exchange, null));
    }
  }

  /** What is being made may become large. */
  private boolean isLarge(Reply reply) {
    return reply instanceof Reply.Transfer transfer
        ? bulk.takes(transfer.plan().length())
        : reply instanceof Reply.Growing && bulk.takes(Long.MAX_VALUE);
  }

  private static void release(Reply reply) {
    if (reply instanceof Reply.Transfer transfer) {
      transfer.file().release();
    } else if (reply instanceof Reply.Growing growing) {
      growing.body().release();
    }
  }

  private static void write(
      Exchange exchange, Reply reply, TransferPump.Turns turns, Ending ending) {
    exchange.progress(ReplyWriter.write(ending.ctx, reply, exchange.framing(), turns, ending));
  }

  private final class Ending implements TransferPump.Completion {
    private final ChannelHandlerContext ctx;
    private final Exchange exchange;
    private final BulkLane.@Nullable Place place;

    Ending(ChannelHandlerContext ctx, Exchange exchange, BulkLane.@Nullable Place place) {
      this.ctx = ctx;
      this.exchange = exchange;
      this.place = place;
    }

    @Override
    public void sent() {
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
  }
}
