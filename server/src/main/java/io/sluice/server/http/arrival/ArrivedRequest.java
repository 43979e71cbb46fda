package io.sluice.server.http.arrival;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpRequest;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The head of a request together with how it came, which everybody who sees it needs. */
public final class ArrivedRequest extends DefaultHttpRequest {
  private final Arrival arrival;

  ArrivedRequest(HttpRequest head, Arrival arrival) {
    super(head.protocolVersion(), head.method(), head.uri(), head.headers());
    setDecoderResult(head.decoderResult());
    this.arrival = arrival;
  }

  /**
   * Who asks.
   *
   * @param head of a request that may have come by another pipeline
   * @param channel its connection
   * @return null when that is gone and nobody has asked before
   */
  public static @Nullable SocketAddress client(HttpRequest head, Channel channel) {
    return head instanceof ArrivedRequest arrived
        ? arrived.arrival().client()
        : channel.remoteAddress();
  }

  /** How it came. */
  public Arrival arrival() {
    return arrival;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
