package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BulkLaneIT {
  private static final Transport TRANSPORT = Transport.EPOLL;

  private final ImageLoops control = new ImageLoops("control", 1, TRANSPORT, loop -> loop);
  private final ImageLoops bulk = new ImageLoops("bulk", 1, TRANSPORT, loop -> loop);
  private final BulkLane lane = new BulkLane(bulk, control, TRANSPORT, new BulkLane.Rates(0, 0));

  @AfterEach
  void close() {
    control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    bulk.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aConnectionGoesToABulkLoopAndComesBackAndTakesLittleThatCannotBeSent() throws Exception {
    assumeTrue(TRANSPORT.unavailability() == null, "no epoll here");
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    Channel listener =
        new ServerBootstrap()
            .group(control)
            .channel(TRANSPORT.serverChannel())
            .childHandler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    accepted.complete(ctx.channel());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
    try (Socket client = new Socket()) {
      client.connect(listener.localAddress(), 5000);
      Channel channel = get(accepted);
      assertFalse(lane.isBusy());
      CompletableFuture<BulkLane.Place> arrived = new CompletableFuture<>();
      control
          .next()
          .execute(
              () ->
                  lane.enter(
                      channel,
                      "a machine",
                      bytes -> {},
                      arrived::complete,
                      arrived::completeExceptionally));
      BulkLane.Place place = get(arrived);
      assertTrue(lane.isBusy());
      assertEquals(bulk.next(), channel.eventLoop());
      assertEquals(
          256 * 1024, channel.config().getOption(EpollChannelOption.TCP_NOTSENT_LOWAT).longValue());
      CompletableFuture<Boolean> back = new CompletableFuture<>();
      channel.eventLoop().execute(() -> place.leave(channel, () -> back.complete(true)));
      assertTrue(get(back));
      assertEquals(control.next(), channel.eventLoop());
      assertFalse(lane.isBusy());
    }
  }
}
