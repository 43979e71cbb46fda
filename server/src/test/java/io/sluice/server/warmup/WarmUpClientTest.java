package io.sluice.server.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class WarmUpClientTest {
  private static final String REQUEST = "GET /x HTTP/1.1";

  private ServerSocket server;

  @FunctionalInterface
  private interface Asking {
    void with(WarmUpClient client) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private WarmUpClient client(int patienceMillis) {
    return new WarmUpClient((InetSocketAddress) server.getLocalSocketAddress(), patienceMillis);
  }

  private static List<String> head(Socket socket) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    List<String> lines = new ArrayList<>();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      lines.add(line);
    }
    return lines;
  }

  private CompletableFuture<Void> meanwhile(int patienceMillis, Asking asking) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            asking.with(client(patienceMillis));
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void anAnswerThatDoesNotComeIsNotWaitedForAndEndsNothing() throws Exception {
    WarmUpClient client = client(50);
    client.ask(REQUEST);
    client.askAndHangUp(REQUEST);
    for (int i = 0; i < 2; i++) {
      server.accept().close();
    }
  }

  @Test
  void whoHangsUpDoesSoAfterTheAnswerOnAConnectionThatCouldBeUsedAgain() throws Exception {
    CompletableFuture<Void> asked = meanwhile(20_000, client -> client.askAndHangUp(REQUEST));
    try (Socket socket = server.accept()) {
      assertEquals(List.of(REQUEST, "Host: warm-up"), head(socket));
      socket.getOutputStream().write(1);
      assertEquals(-1, socket.getInputStream().read());
    }
    asked.get(10, TimeUnit.SECONDS);
  }
}
