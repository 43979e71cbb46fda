package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that changes its event loop in the middle of a response, as real ones do. */
@SuppressWarnings("FutureReturnValueIgnored") // the timing handler is what listens
class MovingChannelIT {
  private static final int BUFFERED = 1_000;
  private static final int FROM_FILE = 200_000;

  private final EventLoopGroup control = loops();
  private final EventLoopGroup bulk = loops();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final WorkerMetrics workers = new WorkerMetrics(registry, true);
  private final ServerMetrics requests = new ServerMetrics(registry, List.of("image"));
  private final ConcurrentLinkedQueue<RequestTimer> ended = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> strays = new ConcurrentLinkedQueue<>();

  @TempDir Path folder;

  private static EventLoopGroup loops() {
    return new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  }

  @AfterEach
  void stop() {
    control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    bulk.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Notes calls that come on another thread than the channel's loop. */
  private final class LoopCheck implements RequestListener {
    private void check(String what, RequestTimer timer) {
      if (!timer.channel().eventLoop().inEventLoop()) {
        strays.add(what);
      }
    }

    @Override
    public void begun(RequestTimer timer) {
      check("begun", timer);
    }

    @Override
    public void sent(RequestTimer timer, long bytes) {
      check("sent", timer);
    }

    @Override
    public void ended(RequestTimer timer) {
      check("ended", timer);
      ended.add(timer);
    }
  }

  /** Starts its answer on the control loop, unflushed, and sends the rest from the bulk loop. */
  private final class Mover extends SimpleChannelInboundHandler<HttpRequest> {
    private final Path image;

    Mover(Path image) {
      this.image = image;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpRequest request) {
      Channel channel = ctx.channel();
      HttpResponse head = Exchanges.head(OK);
      head.headers().set(HttpHeaderNames.CONTENT_LENGTH, BUFFERED + FROM_FILE);
      channel.write(head);
      channel.write(bytes(BUFFERED));
      channel
          .deregister()
          .addListener(left -> bulk.register(channel).addListener(arrived -> sendTheRest(channel)));
    }

    private void sendTheRest(Channel channel) {
      channel
          .eventLoop()
          .execute(
              () -> {
                channel.write(new DefaultFileRegion(image.toFile(), 0, FROM_FILE));
                channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
              });
    }
  }

  private Channel serve(Path image) {
    return new ServerBootstrap()
        .group(control)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(workers.connectionCounter())
                    .addLast(new HttpServerCodec())
                    .addLast(
                        new RequestTimingHandler(
                            target -> "image",
                            RequestListener.all(requests, workers, new LoopCheck())))
                    .addLast(new Mover(image));
              }
            })
        .bind(InetAddress.getLoopbackAddress(), 0)
        .syncUninterruptibly()
        .channel();
  }

  @Test
  void aConnectionThatMovesBetweenLoopsIsCountedRightOnBoth() throws IOException {
    Path image = Files.write(folder.resolve("disk.img"), new byte[FROM_FILE]);
    workers.watch("control", control);
    workers.watch("bulk", bulk);
    InetSocketAddress address = (InetSocketAddress) serve(image).localAddress();
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      String request = "GET /disk.img HTTP/1.1\r\nHost: h\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().skipNBytes(BUFFERED + FROM_FILE);
      Await.until("the request ends", () -> !ended.isEmpty());
      Scrape during = Scrape.of(registry);
      assertEquals(0, during.value("sluice_worker_connections{group=\"control\",worker=\"0\"}"));
      assertEquals(1, during.value("sluice_worker_connections{group=\"bulk\",worker=\"0\"}"));
      assertEquals(1, during.value("sluice_connections"));
    }
    Await.until("the connection is gone", () -> Scrape.of(registry).sum("sluice_connections") == 0);
    // It leaves its loop after it has been closed.
    Await.until("no loop has it", () -> Scrape.of(registry).sum("sluice_worker_connections") == 0);
    Scrape after = Scrape.of(registry);
    assertEquals(0, after.sum("http_requests_in_flight"));
    assertEquals(1, after.sum("http_requests_total"));
    assertEquals(BUFFERED + FROM_FILE, after.sum("http_response_bytes_total"));
    assertEquals(BUFFERED + FROM_FILE, after.sum("sluice_worker_response_bytes_total"));
    assertEquals(List.of(), List.copyOf(strays));
    assertEquals(1, ended.size());
    assertNull(ended.element().abortReason());
  }
}
