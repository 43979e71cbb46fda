package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.config.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenAddressTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, ::, http://0.0.0.0:8081/, http://127.0.0.1:8081/",
    "::, ::, http://[::]:8081/, http://127.0.0.1:8081/",
    "::1, ::1, http://[::1]:8081/, http://[::1]:8081/",
    "localhost, 127.0.0.1, http://localhost:8081/, http://localhost:8081/",
  })
  void anAddressIsShownAsItWasWrittenAndTriedWhereItAnswers(
      String host, String bound, String shown, String tried) {
    ListenAddress address = new ListenAddress("listen", new HostPort(host, 0), "http");
    InetSocketAddress port = new InetSocketAddress(bound, 8081);
    assertEquals(shown, address.url(port));
    assertEquals(tried, address.urlToTry(port));
  }

  @Test
  void whereSomebodyListensIsNotFree() throws IOException {
    try (ServerSocket other = new ServerSocket()) {
      other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ListenAddress taken =
          new ListenAddress("listen", new HostPort("127.0.0.1", other.getLocalPort()), "http");
      IOException refused = assertThrows(IOException.class, taken::checkFree);
      assertTrue(refused.getMessage().contains("(expected: a free address of this machine"));
    }
    new ListenAddress("listen", new HostPort("127.0.0.1", 0), "http").checkFree();
  }
}
