package io.sluice.bench.storm;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.bench.arrivals.Arrivals;
import io.sluice.bench.client.ClientLoop;
import io.sluice.bench.client.ClientLoops;
import io.sluice.bench.client.Endpoint;
import io.sluice.bench.machine.BootSequence;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.Habits;
import io.sluice.bench.machine.PathTemplate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A short storm against a server inside this process, before the first that counts. Without it the
 * first machines wait for classes to load and code to be compiled here: 270 ms were seen.
 */
public final class DryRun {
  private static final Duration LENGTH = Duration.ofMillis(700);
  private static final int MACHINES = 8;
  private static final double PROBES_PER_SECOND = 200;
  private static final int BODY_BYTES = 256 * 1024;

  private DryRun() {}

  /** Runs the storm; nothing of it is recorded. */
  public static void run(ClientLoops machines, ClientLoops probes, StopSignal stop)
      throws InterruptedException {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("dry-run", true), NioIoHandler.newFactory());
    ByteBuf answer = answer();
    try {
      Channel server =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(new Connections(answer))
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .sync()
              .channel();
      InetSocketAddress address = (InetSocketAddress) server.localAddress();
      ClientLoop probeLoop = probes.loops().get(0);
      TurnResult unused =
          new Turn(
                  new Endpoint(address, "dry-run"),
                  MACHINES,
                  settings(),
                  machines.loops(),
                  probeLoop,
                  stop)
              .run((record, probed, seconds) -> {});
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
      answer.release();
    }
  }

  private static StormSettings settings() {
    PathTemplate path = new PathTemplate("/{mac}");
    return new StormSettings(
        new BootSequence(
            List.of(
                new BootSequence.Step(BootStage.SCRIPT, "GET", path),
                new BootSequence.Step(BootStage.IMAGE, "GET", path))),
        new Arrivals.AllAtOnce(),
        LENGTH,
        true,
        0,
        Habits.Vanishing.NO,
        path,
        PROBES_PER_SECOND,
        Map.of(),
        Map.of(),
        Map.of(),
        1);
  }

  private static ByteBuf answer() {
    byte[] head =
        ("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    return Unpooled.directBuffer(head.length + BODY_BYTES)
        .writeBytes(head)
        .writeZero(BODY_BYTES)
        .asReadOnly();
  }

  /** Gives each connection its handler. */
  private static final class Connections extends ChannelInitializer<Channel> {
    private final ByteBuf answer;

    Connections(ByteBuf answer) {
      this.answer = answer;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast("answer", new Answering(answer));
    }
  }

  /** Answers each read: the machines' requests are small, and come one at a time. */
  private static final class Answering extends SimpleChannelInboundHandler<ByteBuf> {
    private final ByteBuf answer;

    Answering(ByteBuf answer) {
      this.answer = answer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf request) {
      var unused = ctx.writeAndFlush(answer.retainedDuplicate());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var unused = ctx.close();
    }
  }
}
