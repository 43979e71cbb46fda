package io.sluice.server.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.admission.StreamRequest;
import io.sluice.server.http.arrival.ArrivedRequest;
import io.sluice.server.net.Identifiers;
import io.sluice.server.net.MacAddress;
import io.sluice.server.net.Receiver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which transfers are image streams, and what a request says of the machine that asked for one. */
final class ImageStream {
  /**
   * An image or a range of one below this many bytes is no stream: virtual media and iPXE's {@code
   * sanboot} read a disk in many small ranges.
   */
  static final long LEAST_BYTES = 1024 * 1024;

  private ImageStream() {}

  private record OverChannel(Channel channel) implements StreamRequest.Connection {
    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }
  }

  static boolean is(EndpointClass endpoint, Reply.Transfer transfer) {
    return (endpoint == EndpointClass.IMAGE || endpoint == EndpointClass.OS_IMAGE)
        && transfer.plan().length() >= LEAST_BYTES;
  }

  /** What the admission has to know. */
  static StreamRequest applicant(Channel channel, HttpRequest head, Reply.Transfer transfer) {
    Optional<StreamRequest.Repetition> comesBack =
        obeysRetryAfter(head)
            ? Optional.of(new StreamRequest.Repetition(machine(channel, head), head.uri()))
            : Optional.empty();
    return new StreamRequest(
        address(ArrivedRequest.client(head, channel)),
        comesBack,
        new OverChannel(channel),
        transfer.plan().length());
  }

  /**
   * Whose turn it is when this connection has one: the machine the request names with {@code
   * ?mac=…}, else everybody at that address.
   */
  static Receiver machine(Channel channel, HttpRequest head) {
    Optional<MacAddress> named =
        head.uri().indexOf('?') < 0 ? Optional.empty() : macInQuery(head.uri());
    return named.isPresent()
        ? new Receiver(named.get().colons())
        : address(ArrivedRequest.client(head, channel));
  }

  private static Optional<MacAddress> macInQuery(String target) {
    return QueryParameters.ofTarget(target)
        .first("mac")
        .flatMap(MacAddress::parse)
        .filter(mac -> Identifiers.isMac(mac.colons()));
  }

  /**
   * iPXE waits as long as a 503 says and asks again on the same connection; other firmware, and
   * most tools, give up.
   */
  private static boolean obeysRetryAfter(HttpRequest head) {
    String agent = head.headers().get(HttpHeaderNames.USER_AGENT, "");
    return agent.startsWith("iPXE/");
  }

  private static Receiver address(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? Receiver.at(inet)
        : new Receiver(String.valueOf(address));
  }
}
