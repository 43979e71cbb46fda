package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollChannelOption;
import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.Turn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BulkLoopsIT {
  private static final Transport TRANSPORT = Transport.EPOLL;

  private final ImageLoops control = new ImageLoops("control", 1, TRANSPORT, loop -> loop);
  private final ImageLoops bulk = new ImageLoops("bulk", 1, TRANSPORT, loop -> loop);
  private final BulkLoops lane = new BulkLoops(bulk, control, TRANSPORT, new BulkLoops.Rates(0, 0));

  private final Socket client = new Socket();
  private Channel accepted;

  @AfterEach
  void close() throws IOException {
    client.close();
    control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    bulk.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @BeforeEach
  void listen() throws Exception {
    assumeTrue(TRANSPORT.unavailability() == null, "no epoll here");
    CompletableFuture<Channel> first = new CompletableFuture<>();
    Channel listener =
        new ServerBootstrap()
            .group(control)
            .channel(TRANSPORT.serverChannel())
            .childHandler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    first.complete(ctx.channel());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
    client.connect(listener.localAddress(), 5000);
    accepted = get(first);
  }

  private long mostUnsent() {
    return accepted.config().getOption(EpollChannelOption.TCP_NOTSENT_LOWAT);
  }

  @Test
  void aConnectionGoesToABulkLoopAndComesBackAndTakesLittleThatCannotBeSent() throws Exception {
    assertFalse(lane.isBusy());
    CompletableFuture<BulkLoops.LoopSlot> arrived = new CompletableFuture<>();
    control
        .next()
        .execute(
            () ->
                lane.enter(
                    accepted,
                    new Receiver("a machine"),
                    bytes -> {},
                    arrived::complete,
                    arrived::completeExceptionally));
    BulkLoops.LoopSlot place = get(arrived);
    assertTrue(lane.isBusy());
    assertEquals(bulk.next(), accepted.eventLoop());
    CompletableFuture<Long> unsentInItsTurn = new CompletableFuture<>();
    Turn turn =
        most -> {
          unsentInItsTurn.complete(mostUnsent());
          return 0;
        };
    accepted.eventLoop().execute(() -> place.next(turn));
    assertEquals(NotSentLimit.MOST, get(unsentInItsTurn));
    CompletableFuture<Boolean> back = new CompletableFuture<>();
    accepted.eventLoop().execute(() -> place.leave(accepted, () -> back.complete(true)));
    assertTrue(get(back));
    assertEquals(control.next(), accepted.eventLoop());
    assertFalse(lane.isBusy());
  }

  @Test
  void aSocketIsToldAgainWhenThereIsLessForEach() throws Exception {
    NotSentLimit unsent = new NotSentLimit(TRANSPORT, NotSentLimit.MOST);
    NotSentLimit.Limit limit = unsent.of(accepted);
    limit.keepTo();
    assertEquals(NotSentLimit.MOST, mostUnsent());
    unsent.shareAmong(4);
    limit.keepTo();
    assertEquals(NotSentLimit.MOST / 4, mostUnsent());
    unsent.shareAmong(1);
    limit.keepTo();
    assertEquals(NotSentLimit.MOST, mostUnsent());
    accepted.close().sync();
    unsent.shareAmong(4);
    limit.keepTo();
  }
}
