package io.sluice.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;

/**
 * Metrics served on a free port of the loopback address, and clients that ask for them. After each
 * test all of it is closed.
 */
abstract class ServedMetrics {
  static final byte[] PAGE = "<!doctype html><title>status</title>".getBytes(US_ASCII);
  static final String CLOSE = "Host: h\r\nConnection: close\r\n\r\n";
  private static final int TIMEOUT_MILLIS = 20_000;

  final PrometheusRegistry registry = new PrometheusRegistry();
  final AtomicBoolean ready = new AtomicBoolean(true);
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
  }

  MetricsServer start(InetSocketAddress bind, MetricsPages pages) throws IOException {
    MetricsServer server =
        new MetricsServer(bind, NioIoHandler.newFactory(), NioServerSocketChannel.class, pages);
    open.add(server);
    server.start();
    return server;
  }

  InetSocketAddress start(MetricsPages pages) throws IOException {
    return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), pages).address();
  }

  InetSocketAddress start() throws IOException {
    Gauge.builder().name("level").help("Level.").register(registry).set(3);
    return start(new MetricsPages(renderer(), ready::get, PAGE));
  }

  MetricsRenderer renderer() {
    return new MetricsRenderer(registry, new MetricsRenderer.Format("", true, true));
  }

  Socket send(InetSocketAddress address, String request) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    open.add(socket);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    return socket;
  }

  static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  /** Everything the server sends until it closes the connection. */
  String talk(InetSocketAddress address, String request) throws IOException {
    return readAll(send(address, request));
  }

  String get(InetSocketAddress address, String target) throws IOException {
    return talk(address, "GET " + target + " HTTP/1.1\r\n" + CLOSE);
  }

  static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  static void assertStatus(int status, String response) {
    assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
  }

  static boolean hasHeader(String response, String name) {
    String head = response.substring(0, response.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
    return head.contains("\r\n" + name + ": ");
  }
}
