package io.sluice.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The dedicated metrics port. It runs on an event loop and a rendering thread of its own, so that
 * it answers when the loops that serve clients are stuck, and a slow scrape holds up no client.
 * What it answers is in {@link MetricsPages}.
 */
public final class MetricsServer implements AutoCloseable {

  /** Seconds; above the 60 s that scrapers are usually set to, so that they keep a connection. */
  private static final int IDLE_SECONDS = 75;

  private static final int MAX_REQUEST_LINE_BYTES = 8192;
  private static final int MAX_HEADER_BYTES = 8192;

  /** Scrapes that may wait for the rendering thread; real scrapers ask one at a time. */
  static final int MAX_WAITING_SCRAPES = 16;

  private static final int BACKLOG = 128;
  private static final long CLOSE_SECONDS = 5;

  private final InetSocketAddress bind;
  private final IoHandlerFactory io;
  private final Class<? extends ServerChannel> channelType;
  private final MetricsPages pages;
  private @Nullable Running running;

  /** What exists only while the server runs. */
  private record Running(
      EventLoopGroup loop, ThreadPoolExecutor renderer, ChannelGroup connections, Channel server) {}

  /**
   * Makes a server that does nothing yet.
   *
   * @param bind where to listen; port 0 picks a free one
   * @param io makes the event loop's I/O handler; has to fit the channel type
   * @param channelType the kind of server channel
   * @param pages what to answer
   */
  public MetricsServer(
      InetSocketAddress bind,
      IoHandlerFactory io,
      Class<? extends ServerChannel> channelType,
      MetricsPages pages) {
    this.bind = bind;
    this.io = io;
    this.channelType = channelType;
    this.pages = pages;
  }

  /**
   * Starts to listen; returns when connections are accepted.
   *
   * @throws IOException naming the address, if it cannot be listened on
   * @throws IllegalStateException if the server runs already
   */
  public synchronized void start() throws IOException {
    if (running != null) {
      throw new IllegalStateException("the metrics server runs already");
    }
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, named("sluice-metrics-loop"), io);
    ThreadPoolExecutor renderer =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING_SCRAPES),
            named("sluice-metrics-render"));
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    ChannelFuture bound = bootstrap(loop, renderer, connections).bind(bind).awaitUninterruptibly();
    running = new Running(loop, renderer, connections, bound.channel());
    Throwable cause = bound.cause();
    if (cause != null) {
      close();
      throw refused(cause);
    }
  }

  private ServerBootstrap bootstrap(
      EventLoopGroup loop, ThreadPoolExecutor renderer, ChannelGroup connections) {
    return new ServerBootstrap()
        .group(loop)
        .channel(channelType)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        // The request handler reads one request after the other.
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                connections.add(channel);
                addHandlers(channel, renderer);
              }
            });
  }

  private void addHandlers(Channel channel, ThreadPoolExecutor renderer) {
    HttpDecoderConfig decoding =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES);
    channel
        .pipeline()
        .addLast("codec", new HttpServerCodec(decoding))
        .addLast("oneAtATime", new FlowControlHandler())
        // After the codec, so that a head that comes in drop by drop does not count as activity.
        .addLast("idle", new IdleStateHandler(0, 0, IDLE_SECONDS))
        .addLast("pages", new MetricsRequestHandler(pages, renderer));
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new FastThreadLocalThread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private IOException refused(Throwable cause) {
    String where = bind.getHostString() + ":" + bind.getPort();
    String message = "cannot listen on " + where + ": " + cause.getMessage();
    IOException refused =
        cause instanceof BindException ? new BindException(message) : new IOException(message);
    refused.initCause(cause);
    return refused;
  }

  /**
   * Where the server listens, with the real port.
   *
   * @throws IllegalStateException if the server does not run
   */
  public synchronized InetSocketAddress address() {
    if (running == null
        || !(running.server().localAddress() instanceof InetSocketAddress address)) {
      throw new IllegalStateException("the metrics server does not run");
    }
    return address;
  }

  /**
   * Stops listening, closes the connections and waits, for a few seconds at most, until both
   * threads are gone. Does nothing if the server does not run. Not for use on an event loop.
   */
  @Override
  public synchronized void close() {
    Running stopping = running;
    if (stopping == null) {
      return;
    }
    running = null;
    stopping.server().close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    stopping.connections().close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    // Before the loop: a thread that is rendering still has to hand its answer to it.
    end(stopping.renderer());
    stopping
        .loop()
        .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }

  private static void end(ThreadPoolExecutor renderer) {
    renderer.shutdownNow();
    try {
      var unused = renderer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
