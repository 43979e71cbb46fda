package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import io.sluice.server.tls.TestPki;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients with TLS get. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class TlsIT {
  private static final int IMAGE_BYTES = 3_000_000;
  private static final String MACHINE = "{\"macs\":[\"52:54:00:00:00:01\"]}";
  private static final byte[] PROXY =
      "PROXY TCP4 10.9.0.1 10.0.0.1 4711 8443\r\n".getBytes(StandardCharsets.US_ASCII);

  @TempDir static Path certificates;
  private static TestPki pki;

  @TempDir Path root;
  @Parameter Transport transport;

  @BeforeAll
  static void makeCertificates() throws Exception {
    pki = new TestPki(certificates);
    for (String name : List.of("server", "next", "alice")) {
      pki.issue(name, 90);
    }
  }

  private RunningServer serve(String... more) throws IOException {
    String[] settings = {
      "tls-listen=127.0.0.1:0",
      "metrics-tls-listen=127.0.0.1:0",
      "tls-cert=" + pki.certificate("server"),
      "tls-key=" + pki.key("server")
    };
    String[] all = Arrays.copyOf(settings, settings.length + more.length);
    System.arraycopy(more, 0, all, settings.length, more.length);
    return RunningServer.start(root, transport, all);
  }

  private static SSLSocket connect(
      RunningServer server, SSLContext context, byte[] before, String... protocols)
      throws IOException {
    InetSocketAddress address = server.image().secureAddress().orElseThrow();
    Socket plain = new Socket(address.getAddress(), address.getPort());
    plain.setTcpNoDelay(true);
    plain.setSoTimeout(30_000);
    plain.getOutputStream().write(before);
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, "127.0.0.1", address.getPort(), true);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    socket.startHandshake();
    return socket;
  }

  private static RawClient client(RunningServer server) throws Exception {
    return RawClient.over(connect(server, pki.client(), new byte[0]));
  }

  private static String shown(SSLSocket socket) throws SSLException {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .getName();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anImageAndARangeOfItAreTheSameBytes(String protocol) throws Exception {
    try (RunningServer server = serve()) {
      byte[] image = server.write("images/disk.raw", IMAGE_BYTES);
      SSLSocket socket = connect(server, pki.client(), new byte[0], protocol);
      assertEquals(protocol, socket.getSession().getProtocol());
      try (RawClient client = RawClient.over(socket)) {
        assertArrayEquals(image, client.get("/images/disk.raw").body());
        assertArrayEquals(
            Arrays.copyOfRange(image, 1_000_001, 2_500_000),
            client.get("/images/disk.raw", "Range: bytes=1000001-2499999").body());
      }
      server.awaitMetric(2, "http_requests_total", "endpoint", "image");
    }
  }

  @Test
  void clientsThatGoInTheMiddleLeaveNothing() throws Exception {
    try (RunningServer server = serve()) {
      server.write("images/disk.raw", IMAGE_BYTES);
      for (int each = 0; each < 20; each++) {
        RawClient client = client(server);
        client.send(RawClient.request("GET", "/images/disk.raw")).readHead();
        client.reset();
      }
      server.awaitMetric(0, "sluice_client_memory_bytes");
    }
  }

  @Test
  void aClientThatSpeaksNoTlsIsToldSo() throws Exception {
    try (RunningServer server = serve();
        RawClient client = RawClient.connect(server.image().secureAddress().orElseThrow())) {
      RawClient.Response response = client.get("/healthz");
      assertEquals(400, response.status());
      assertTrue(response.text().contains("https"), response.text());
      server.awaitMetric(1, "sluice_tls_handshakes_total", "result", "not_tls");
    }
  }

  @Test
  void aCertificateIsKnownBehindAProxyThatHandsOnBytes() throws Exception {
    Path token = Files.writeString(root.resolve("token"), "0123456789abcdef-only");
    try (RunningServer server =
        serve("api-token-file=" + token, "tls-client-ca=" + pki.ca(), "trusted-proxy=127.0.0.1")) {
      assertEquals(401, put(server, pki.client(), PROXY));
      assertEquals(201, put(server, pki.client("alice"), PROXY));
      assertEquals(200, put(server, pki.client("alice"), new byte[0]));
    }
  }

  private static int put(RunningServer server, SSLContext context, byte[] before)
      throws IOException {
    try (RawClient client = RawClient.over(connect(server, context, before))) {
      return client
          .send(
              RawClient.request(
                      "PUT",
                      "/api/v1/machines/m1",
                      "Content-Type: application/json",
                      "Content-Length: " + MACHINE.length())
                  + MACHINE)
          .read()
          .status();
    }
  }

  @Test
  void aNewCertificateIsForNewConnectionsAndOpenOnesGoOn() throws Exception {
    Path certificate = root.resolve("changing.pem");
    Path key = root.resolve("changing.key");
    pki.copy("server", certificate, key);
    try (RunningServer server = serve("tls-cert=" + certificate, "tls-key=" + key)) {
      SSLSocket old = connect(server, pki.client(), new byte[0]);
      assertEquals("CN=server", shown(old));
      try (RawClient before = RawClient.over(old)) {
        pki.copy("next", certificate, key);
        server.image().reload();
        try (SSLSocket fresh = connect(server, pki.client(), new byte[0])) {
          assertEquals("CN=next", shown(fresh));
        }
        assertEquals(200, before.get("/healthz").status());
      }
    }
  }

  @Test
  void aKeyThatOthersCanReadEndsTheStart() throws Exception {
    Path open = root.resolve("open.key");
    Files.copy(pki.key("server"), open);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
    IOException refused = assertThrows(IOException.class, () -> serve("tls-key=" + open).close());
    assertTrue(String.valueOf(refused.getMessage()).contains("chmod 600"), refused.getMessage());
  }
}
