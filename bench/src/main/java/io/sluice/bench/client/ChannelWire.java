package io.sluice.bench.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.sluice.bench.machine.AnswerListener;
import io.sluice.bench.machine.Ask;
import io.sluice.bench.machine.Failure;
import io.sluice.bench.machine.Wire;
import java.net.ConnectException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A machine's way to the server over TCP; everything happens on one event loop. */
public final class ChannelWire implements Wire {
  private final EventLoop loop;
  private final Bootstrap bootstrap;
  private final Endpoint endpoint;
  private final ClientSettings settings;
  private final @Nullable ReadPace pace;
  private final @Nullable SpliceDrain drain;

  private @Nullable ClientConnection connection;
  private @Nullable Exchange exchange;
  private @Nullable Channel silent;

  ChannelWire(
      EventLoop loop,
      Bootstrap bootstrap,
      Endpoint endpoint,
      ClientSettings settings,
      @Nullable SpliceDrain drain) {
    this.drain = drain;
    this.loop = loop;
    this.bootstrap = bootstrap;
    this.endpoint = endpoint;
    this.settings = settings;
    this.pace = settings.bytesPerSecond() > 0 ? new ReadPace(settings.bytesPerSecond()) : null;
  }

  @Override
  public void ask(Ask ask, AnswerListener listener) {
    Exchange next = new Exchange(ask, listener, settings.verify() ? sha256() : null);
    exchange = next;
    ClientConnection open = connection;
    if (open != null && open.reusable() && !ask.newConnection()) {
      open.carry(next, true);
      return;
    }
    closeConnection();
    connect(next);
  }

  private void connect(Exchange next) {
    ClientConnection opened = new ClientConnection(this, pace, drain);
    connection = opened;
    ChannelFuture connecting = bootstrap.clone().handler(opened).connect(endpoint.address());
    connecting.addListener(
        (ChannelFutureListener)
            done -> {
              Throwable cause = done.cause();
              if (cause != null) {
                next.fail(notConnected(cause));
              } else if (next.over()) {
                var unused = done.channel().close();
              } else {
                opened.carry(next, false);
              }
            });
  }

  private static Failure notConnected(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    boolean refused = cause instanceof ConnectException && message.contains("refused");
    return new Failure(refused ? Failure.Kind.REFUSED : Failure.Kind.NO_CONNECTION, message);
  }

  byte[] requestOf(Exchange sent) {
    return sent.head(endpoint.authority(), settings.userAgent());
  }

  /**
   * A connection ended under an exchange. One that had been kept alive may have been closed before
   * the request reached the server: then the request is sent once more (RFC 9112, section 9.3.1).
   */
  void lost(Exchange interrupted, boolean reused, @Nullable Failure failure) {
    if (interrupted.over()) {
      return;
    }
    if (reused && !interrupted.anyByte()) {
      connect(interrupted);
    } else if (failure != null) {
      interrupted.fail(failure);
    } else {
      interrupted.closed();
    }
  }

  /** Fails the request under way when nothing came for the settings' timeout. */
  public void expire(long nowNanos) {
    ClientConnection open = connection;
    Exchange waiting = exchange;
    if (open == null || waiting == null || waiting.over()) {
      return;
    }
    Duration timeout = settings.timeout();
    if (open.quietNanos(nowNanos) > timeout.toNanos()) {
      closeConnection();
      waiting.fail(
          new Failure(Failure.Kind.TIMED_OUT, "nothing for " + timeout.toMillis() + " ms"));
    }
  }

  @Override
  public void hangUp() {
    drop();
    closeConnection();
    Channel left = silent;
    silent = null;
    if (left != null) {
      resetAndClose(left);
    }
  }

  @Override
  public void reset() {
    drop();
    ClientConnection open = connection;
    connection = null;
    Channel channel = open == null ? null : open.channel();
    if (channel != null) {
      resetAndClose(channel);
    }
  }

  @Override
  public void fallSilent() {
    drop();
    ClientConnection open = connection;
    connection = null;
    if (open != null) {
      silent = open.stopReading();
    }
  }

  @Override
  public void later(long delayNanos, Runnable task) {
    var unused = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  private void drop() {
    Exchange running = exchange;
    exchange = null;
    if (running != null) {
      running.drop();
    }
  }

  private void closeConnection() {
    ClientConnection open = connection;
    connection = null;
    Channel channel = open == null ? null : open.channel();
    if (channel != null) {
      var unused = channel.close();
    }
  }

  private static void resetAndClose(Channel channel) {
    var unusedOption = channel.config().setOption(ChannelOption.SO_LINGER, 0);
    var unused = channel.close();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }
}
