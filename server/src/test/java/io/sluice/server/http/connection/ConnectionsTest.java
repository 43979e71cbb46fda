package io.sluice.server.http.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private final List<Connections.Refusal> refusals = new ArrayList<>();

  private EmbeddedChannel port(int total, int perClient) {
    return new EmbeddedChannel(
        new Connections(
            new Connections.Limits(total, perClient),
            address -> address.getHostAddress().equals("10.0.0.99"),
            refusals::add));
  }

  private static EmbeddedChannel from(String address) {
    return new EmbeddedChannel() {
      @Override
      protected SocketAddress remoteAddress0() {
        try {
          return new InetSocketAddress(InetAddress.getByName(address), 1234);
        } catch (UnknownHostException e) {
          throw new AssertionError(e);
        }
      }
    };
  }

  private static EmbeddedChannel connect(EmbeddedChannel port, String address) {
    EmbeddedChannel connection = from(address);
    port.writeInbound(connection);
    port.runPendingTasks();
    return connection;
  }

  private static EmbeddedChannel asking(EmbeddedChannel port, String address) {
    EmbeddedChannel connection = connect(port, address);
    Connections.Place place = Connections.placeOf(connection);
    assertNotNull(place, address);
    place.asked(true);
    return connection;
  }

  @Test
  void theOldestConnectionOnWhichNothingIsAskedMakesRoom() {
    EmbeddedChannel port = port(3, 0);
    EmbeddedChannel busy = asking(port, "10.0.0.1");
    EmbeddedChannel idle = connect(port, "10.0.0.2");
    EmbeddedChannel alsoIdle = connect(port, "10.0.0.3");
    assertTrue(connect(port, "10.0.0.4").isOpen());
    assertTrue(busy.isOpen());
    assertFalse(idle.isOpen());
    assertTrue(alsoIdle.isOpen());
    assertEquals(List.of(Connections.Refusal.MADE_ROOM), refusals);
  }

  @Test
  void aNewConnectionIsClosedWhenAllPlacesAreInUse() {
    EmbeddedChannel port = port(2, 0);
    EmbeddedChannel first = asking(port, "10.0.0.1");
    asking(port, "10.0.0.2");
    assertFalse(connect(port, "10.0.0.3").isOpen());
    assertEquals(List.of(Connections.Refusal.TOTAL), refusals);
    first.close();
    assertTrue(connect(port, "10.0.0.3").isOpen());
  }

  @Test
  void aClientHasNoMorePlacesThanItMayHave() {
    EmbeddedChannel port = port(100, 2);
    EmbeddedChannel first = connect(port, "10.0.0.1");
    connect(port, "10.0.0.1");
    assertFalse(connect(port, "10.0.0.1").isOpen());
    assertTrue(connect(port, "10.0.0.2").isOpen());
    assertEquals(List.of(Connections.Refusal.CLIENT), refusals);
    first.close();
    assertTrue(connect(port, "10.0.0.1").isOpen());
  }

  @Test
  void addressesOfOneNetworkOfIpv6AreOneClient() {
    EmbeddedChannel port = port(100, 1);
    assertTrue(connect(port, "2001:db8::1").isOpen());
    assertFalse(connect(port, "2001:db8::2").isOpen());
    assertTrue(connect(port, "2001:db8:0:1::1").isOpen());
  }

  @Test
  void aProxyThatIsTrustedHasTheConnectionsOfMany() {
    EmbeddedChannel port = port(100, 1);
    assertTrue(connect(port, "10.0.0.99").isOpen());
    assertTrue(connect(port, "10.0.0.99").isOpen());
  }

  @Test
  void theLastPlacesAreForOthersThanAClientThatHasMany() {
    EmbeddedChannel port = port(80, 0);
    List<EmbeddedChannel> many =
        IntStream.range(0, 70).mapToObj(i -> asking(port, "10.0.0.1")).toList();
    assertFalse(connect(port, "10.0.0.1").isOpen());
    assertTrue(connect(port, "10.0.0.2").isOpen());
    assertTrue(many.stream().allMatch(EmbeddedChannel::isOpen));
    assertEquals(List.of(Connections.Refusal.CROWDED), refusals);
  }

  @Test
  void aFailureToAcceptIsCountedAndHasAPause() {
    EmbeddedChannel port = port(10, 0);
    port.pipeline().fireExceptionCaught(new java.io.IOException("accept: too many open files"));
    assertFalse(port.config().isAutoRead());
    assertEquals(List.of(Connections.Refusal.DESCRIPTORS), refusals);
    port.advanceTimeBy(1, java.util.concurrent.TimeUnit.SECONDS);
    port.runScheduledPendingTasks();
    assertTrue(port.config().isAutoRead());
    port.checkException();
  }
}
