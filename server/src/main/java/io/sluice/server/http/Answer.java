package io.sluice.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.metrics.AbortReason;
import io.sluice.server.admission.Admission;
import io.sluice.server.admission.StreamRequest;
import io.sluice.server.net.Receiver;
import io.sluice.server.schedule.BulkLoops;
import io.sluice.server.transfer.BodySourceException;
import io.sluice.server.transfer.SendProgress;
import io.sluice.server.transfer.TransferPump;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer of one exchange, from its reply to its one end. A small one is sent from the loop its
 * connection is on; a large one from a bulk loop, to which the connection moves and from which it
 * comes back when it is used again. An image stream waits for its admission first.
 *
 * <p>Used on the loop of its connection only; {@link Admission} may call from any thread.
 */
final class Answer implements SendProgress, Admission.Waiter {
  private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

  enum State {
    /** It waits for its admission; nothing of it has been sent. */
    WAITING,
    /** It is being sent, or its connection moves to where it will be. */
    SENDING,
    /**
     * The last byte is out. The connection is on its control loop, or still on the bulk loop when
     * it is not used again.
     */
    DONE,
    /** The connection was gone, or had to be given up, before the last byte was out. */
    CUT_OFF
  }

  private final ChannelHandlerContext ctx;
  private final Exchange exchange;
  private final Senders senders;
  private final BiConsumer<State, Answer> told;
  private final Reply.EndListener listener;
  private Reply reply;
  private State state = State.WAITING;
  private SendProgress progress = SendProgress.atOnce();
  private Admission.@Nullable Stream stream;
  private BulkLoops.@Nullable LoopSlot place;

  /** The status of the head that was written, 0 before. */
  private int status;

  /** Undone when the admission has decided. */
  private Runnable stopWatchingConnection = () -> {};

  /**
   * An answer that has not begun.
   *
   * @param listener told how it ended
   * @param told of each state it enters, on the loop of the connection
   */
  Answer(
      ChannelHandlerContext ctx,
      Exchange exchange,
      Reply reply,
      Reply.EndListener listener,
      Senders senders,
      BiConsumer<State, Answer> told) {
    this.ctx = ctx;
    this.exchange = exchange;
    this.reply = reply;
    this.listener = listener;
    this.senders = senders;
    this.told = told;
  }

  ChannelHandlerContext context() {
    return ctx;
  }

  Exchange exchange() {
    return exchange;
  }

  /** Sends it, or asks for its admission. */
  void begin() {
    if (!(reply instanceof Reply.Transfer transfer) || exchange.framing().headOnly()) {
      sendHere();
    } else if (exchange.head().isStream(transfer.plan().length())) {
      askForAdmission(transfer);
    } else if (senders.bulk().takes(transfer.plan().length())) {
      sendInBulk();
    } else {
      sendHere();
    }
  }

  private void askForAdmission(Reply.Transfer transfer) {
    Admission.Ticket ticket =
        senders
            .admission()
            .ask(
                streamRequest(exchange.head(), receiver(), ctx.channel(), transfer.plan().length()),
                this);
    if (state == State.WAITING) {
      ChannelFutureListener gone =
          closed -> {
            if (ticket.cancel()) {
              cutOff(new ClosedChannelException());
            }
          };
      ctx.channel().closeFuture().addListener(gone);
      stopWatchingConnection = () -> ctx.channel().closeFuture().removeListener(gone);
      enter(State.WAITING);
    }
  }

  /**
   * What the admission has to know of a request.
   *
   * @param receiver whom its answer is for
   * @param bytes of the body of its answer
   */
  static StreamRequest streamRequest(
      RoutedRequest head, Receiver receiver, Channel channel, long bytes) {
    return new StreamRequest(
        Receiver.at(head.arrival().client()),
        obeysRetryAfter(head)
            ? Optional.of(new StreamRequest.Repetition(receiver, head.uri()))
            : Optional.empty(),
        new OverChannel(channel),
        bytes);
  }

  private record OverChannel(Channel channel) implements StreamRequest.Connection {
    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }
  }

  private Receiver receiver() {
    return senders.receivers().apply(exchange.head().request());
  }

  /**
   * iPXE waits as long as a 503 says and asks again on the same connection; other firmware, and
   * most tools, give up.
   */
  private static boolean obeysRetryAfter(HttpRequest head) {
    return head.headers().get(HttpHeaderNames.USER_AGENT, "").startsWith("iPXE/");
  }

  @Override
  public void admitted(Admission.Stream admitted) {
    onLoop(
        () -> {
          stopWatchingConnection.run();
          stream = admitted;
          if (ctx.channel().isActive()) {
            sendInBulk();
          } else {
            cutOff(new ClosedChannelException());
          }
        });
  }

  @Override
  public void refused(int seconds) {
    onLoop(
        () -> {
          stopWatchingConnection.run();
          releaseReferences();
          reply =
              new Reply.Problem(
                  HttpResponseStatus.SERVICE_UNAVAILABLE,
                  "all image streams are taken (expected: come back in " + seconds + " s)",
                  Map.of(ResponseFields.RETRY_AFTER, Integer.toString(seconds)));
          sendHere();
        });
  }

  private void onLoop(Runnable task) {
    if (ctx.executor().inEventLoop()) {
      task.run();
    } else {
      ctx.executor().execute(task);
    }
  }

  private void sendHere() {
    enter(State.SENDING);
    write(TransferPump.Turns.of(ctx.executor()));
  }

  private void sendInBulk() {
    enter(State.SENDING);
    Admission.Stream metered = stream;
    senders
        .bulk()
        .enter(
            ctx.channel(),
            receiver(),
            metered == null ? bytes -> {} : metered,
            arrived -> {
              place = arrived;
              write(arrived);
            },
            this::cutOff);
  }

  private void write(TransferPump.Turns turns) {
    ChannelPromise written = ctx.newPromise();
    if (ctx.channel().isActive()) {
      status = reply.status().code();
    }
    progress = ReplyWriter.write(ctx, reply, exchange.framing(), senders, turns, written);
    written.addListener(done -> written(done.cause()));
  }

  private void written(@Nullable Throwable failure) {
    if (failure instanceof BodySourceException) {
      AbortReason.mark(ctx.channel(), AbortReason.SERVER_ERROR);
      LOG.warn("transfer cut off: {}: {}", exchange.head().uri(), failure.getMessage());
    }
    end(failure == null ? State.DONE : State.CUT_OFF, failure);
  }

  private void cutOff(Throwable cause) {
    end(State.CUT_OFF, cause);
  }

  /** The one end of the answer, however it came about. */
  private void end(State outcome, @Nullable Throwable cause) {
    BulkLoops.LoopSlot left = place;
    if (left != null) {
      left.free();
    }
    if (stream != null) {
      stream.close();
    }
    releaseReferences();
    listener.ended(
        status, sentBytes(), cause == null ? null : AbortReason.of(ctx.channel(), cause));
    if (left != null && outcome == State.DONE && exchange.keepAlive()) {
      left.leave(ctx.channel(), () -> enter(outcome));
    } else {
      enter(outcome);
    }
  }

  private void releaseReferences() {
    if (reply instanceof Reply.Transfer transfer) {
      transfer.holds().release();
    }
  }

  private void enter(State next) {
    state = next;
    told.accept(next, this);
  }

  /**
   * Whether it is sent all the same when the client has ended its side. A client that hangs up
   * while it waits looks like one that only ends its output; the latter is rare, and the place of
   * the former is not to be kept for as long as that takes.
   */
  boolean outlivesInput() {
    return state != State.WAITING && !(reply instanceof Reply.Events);
  }

  /** What of it is in memory and waits for the client, in bytes. */
  long heldBytes() {
    return reply instanceof Reply.Page page && state == State.SENDING ? page.body().length : 0;
  }

  @Override
  public long sentBytes() {
    return progress.sentBytes();
  }

  @Override
  public boolean waitsForClient() {
    return progress.waitsForClient();
  }
}
