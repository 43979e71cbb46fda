package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CongestionControlIT {
  private static final Transport TRANSPORT = Transport.EPOLL;

  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
  private final ImageLoops loops = new ImageLoops("control", 1, TRANSPORT, loop -> loop);
  private Channel listener;

  @BeforeEach
  void listen() throws Exception {
    assumeTrue(TRANSPORT.unavailability() == null, "no epoll here");
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(TRANSPORT.serverChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
  }

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** What the kernel says of it. */
  private static String algorithm(Channel channel) {
    ByteBuffer name = channel.config().getOption(Transport.TCP_CONGESTION);
    return StandardCharsets.US_ASCII.decode(name.clear()).toString().replaceFirst("\0.*", "");
  }

  private String ofAnAcceptedConnection() throws Exception {
    try (Socket client = new Socket()) {
      client.connect(listener.localAddress(), 5000);
      return algorithm(accepted.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void whatIsAcceptedHasTheAlgorithmOfTheListeningSocket() throws Exception {
    assertTrue(
        TRANSPORT.setCongestionControl(listener, "reno"), "every kernel has reno and allows it");
    assertEquals("reno", algorithm(listener));
    assertEquals("reno", ofAnAcceptedConnection());
  }

  @Test
  void anAlgorithmThatIsNotThereChangesNothing() throws Exception {
    String before = ofAnAcceptedConnection();
    assertFalse(TRANSPORT.setCongestionControl(listener, "nosuchthing"));
    assertEquals(before, ofAnAcceptedConnection());
  }
}
