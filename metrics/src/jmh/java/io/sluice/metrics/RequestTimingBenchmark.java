package io.sluice.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one exchange costs with the timing handler and its series, and without: the difference is
 * what being measured costs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestTimingBenchmark {
  private static final int PARTS = 256;

  /** Whether the handler is in the pipeline. */
  @Param({"false", "true"})
  public boolean timed;

  private final ByteBuf body = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[512]));
  private EmbeddedChannel channel;

  /** Takes every write at once, as a socket does whose buffer never fills. */
  private static final class Swallowing extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
      ReferenceCountUtil.release(msg);
      promise.setSuccess();
    }
  }

  /** A pipeline of its own. */
  @Setup
  public void connect() {
    ServerMetrics metrics = new ServerMetrics(new PrometheusRegistry(), Set.of("boot", "image"));
    ChannelHandler[] handlers =
        timed
            ? new ChannelHandler[] {
              new Swallowing(), new RequestTimingHandler(target -> "image", metrics)
            }
            : new ChannelHandler[] {new Swallowing()};
    channel = new EmbeddedChannel(handlers);
  }

  private void ask() {
    channel.writeInbound(
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/boot/52:54:00:00:00:01"),
        LastHttpContent.EMPTY_LAST_CONTENT);
    channel.releaseInbound();
  }

  /** A boot script: one response in one piece. */
  @Benchmark
  public void script() {
    ask();
    channel.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body.duplicate()));
  }

  /** An image in 256 turns, which are 64 MB with 256 KiB each. */
  @Benchmark
  public void image() {
    ask();
    channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
    for (int i = 0; i < PARTS; i++) {
      channel.writeAndFlush(new DefaultHttpContent(body.duplicate()));
    }
    channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    channel.runPendingTasks();
  }
}
