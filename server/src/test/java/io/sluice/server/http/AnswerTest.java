package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.sluice.server.admission.StreamRequest;
import io.sluice.server.net.Receiver;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the admission is told of a request. */
class AnswerTest {
  private static final long BYTES = 5 * 1024 * 1024;

  private static StreamRequest request(
      EmbeddedChannel channel, String address, String machine, String target, String... agent) {
    HttpRequest head = Heads.get(target);
    if (agent.length > 0) {
      head.headers().set(HttpHeaderNames.USER_AGENT, agent[0]);
    }
    return Answer.streamRequest(
        Heads.from(new InetSocketAddress(address, 1000), head),
        new Receiver(machine),
        channel,
        BYTES);
  }

  private static StreamRequest request(
      String address, String machine, String target, String... agent) {
    return request(new EmbeddedChannel(), address, machine, target, agent);
  }

  @ParameterizedTest
  @CsvSource({
    "iPXE/1.0.0+, true",
    "iPXE/1.21.1+ (g4e5f), true",
    "curl/7.88.1, false",
    "Wget/1.21, false",
    "not iPXE/1.0, false",
    "'', false"
  })
  void onlyIpxeComesBackWhenItIsTold(String agent, boolean comesBack) {
    assertEquals(comesBack, request("10.0.0.1", "a", "/images/a", agent).comesBack().isPresent());
  }

  @Test
  void aClientThatNamesNoAgentIsHeld() {
    StreamRequest request = request("10.0.0.1", "a", "/images/a");
    assertEquals(Optional.empty(), request.comesBack());
    assertEquals(BYTES, request.bytes());
  }

  @Test
  void ipxeIsKnownAgainByItsReceiverAndWhatItAskedFor() {
    List<Optional<StreamRequest.Repetition>> known =
        List.of(
            request("10.0.0.1", "a", "/images/a", "iPXE/1").comesBack(),
            request("10.0.0.1", "b", "/images/a", "iPXE/1").comesBack(),
            request("10.0.0.1", "a", "/images/b", "iPXE/1").comesBack());
    assertEquals(3, known.stream().distinct().count());
    assertEquals(known.get(0), request("10.0.0.2", "a", "/images/a", "iPXE/1").comesBack());
    assertTrue(known.get(0).isPresent());
  }

  @Test
  void aRequestIsKnownAgainByItsConnectionWhileThatIsOpen() {
    EmbeddedChannel one = new EmbeddedChannel();
    StreamRequest.Connection connection = request(one, "10.0.0.1", "a", "/a").connection();
    assertEquals(connection, request(one, "10.0.0.1", "a", "/a").connection());
    assertNotEquals(connection, request("10.0.0.1", "a", "/a").connection());
    assertTrue(connection.isOpen());
    one.close();
    assertFalse(connection.isOpen());
  }

  @Test
  void theLimitOfAClientIsThatOfItsAddressWhicheverMachineItNames() {
    assertEquals(
        request("10.0.0.1", "a", "/images/a").client(),
        request("10.0.0.1", "b", "/images/b").client());
  }
}
