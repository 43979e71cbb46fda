package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.transfer.TransferPump;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamPaceTest {
  private static final int MOST = TransferPump.LARGEST_TURN_BYTES;

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(clock).build();
  private int turns;

  private StreamPace pace(long bytesPerSecond) {
    return new StreamPace.Rate(bytesPerSecond, false).begin(channel);
  }

  private void ask(StreamPace pace) {
    pace.whenDue(channel.eventLoop(), () -> turns++);
  }

  private void pass(long millis) {
    clock.advance(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
  }

  @Test
  void withoutARateTurnsComeAtOnceAndAreAsLongAsTheyMay() {
    StreamPace pace = pace(0);
    assertEquals(MOST, pace.atMost(MOST));
    for (int i = 0; i < 100; i++) {
      pace.sent(MOST);
      ask(pace);
    }
    assertEquals(100, turns);
    pace.end();
  }

  @Test
  void theNextTurnComesWhenTheRateHasRoomForIt() {
    StreamPace pace = pace(1_000_000);
    ask(pace);
    assertEquals(1, turns, "the first at once");
    assertEquals(50_000, pace.atMost(MOST));
    assertEquals(10, pace.atMost(10));
    pace.sent(50_000);
    ask(pace);
    pass(49);
    assertEquals(1, turns);
    pass(1);
    assertEquals(2, turns);
  }

  @Test
  void aSlowTransferIsSentInTurnsThatAreWorthTheirWhile() {
    StreamPace pace = pace(1000);
    assertEquals(4096, pace.atMost(MOST));
    pace.sent(4096);
    ask(pace);
    pass(4095);
    assertEquals(0, turns);
    pass(1);
    assertEquals(1, turns);
  }

  @Test
  void overTimeTheRateIsKeptHoweverLateTurnsCome() {
    StreamPace pace = pace(1_000_000);
    long sent = 0;
    for (long millis = 0; millis < 10_000; millis += 30) {
      int before = turns;
      ask(pace);
      while (turns == before) {
        pass(7);
        millis += 7;
      }
      sent += pace.atMost(MOST);
      pace.sent(pace.atMost(MOST));
      pass(30);
    }
    assertTrue(sent > 9_700_000 && sent < 10_300_000, "sent " + sent);
  }

  @Test
  void whoWasAwayForLongMakesUpForATenthOfASecondOnly() {
    StreamPace pace = pace(1_000_000);
    pass(60_000);
    int atOnce = 0;
    do {
      atOnce = turns;
      pace.sent(pace.atMost(MOST));
      ask(pace);
    } while (turns > atOnce);
    assertEquals(2, turns, "two turns of 50 ms each");
  }

  @Test
  void theKernelIsAskedToSpreadPacketsALittleAboveTheRateUntilTheTransferEnds() throws Exception {
    assumeTrue(Transport.EPOLL.unavailability() == null);
    IntegerUnixChannelOption pacing = new IntegerUnixChannelOption("SO_MAX_PACING_RATE", 1, 47);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      Channel server =
          new ServerBootstrap()
              .group(group)
              .channel(EpollServerSocketChannel.class)
              .childHandler(new ChannelInboundHandlerAdapter())
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      Channel socket =
          new Bootstrap()
              .group(group)
              .channel(EpollSocketChannel.class)
              .handler(new ChannelInboundHandlerAdapter())
              .connect(server.localAddress())
              .sync()
              .channel();
      assertEquals(-1, socket.config().getOption(pacing));
      StreamPace pace = new StreamPace.Rate(1_000_000, true).begin(socket);
      assertEquals(1_100_000, socket.config().getOption(pacing));
      pace.end();
      assertEquals(-1, socket.config().getOption(pacing));
      new StreamPace.Rate(10_000_000_000L, true).begin(socket).end();
      assertEquals(-1, socket.config().getOption(pacing), "more than the option can say");
      StreamPace cut = new StreamPace.Rate(1_000_000, true).begin(socket);
      socket.close().sync();
      cut.end();
      assertFalse(socket.isOpen());
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }
}
