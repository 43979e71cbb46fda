package io.sluice.server.warmup;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a server as machines do, a connection for each request. What is late is not waited for any
 * longer, and nothing ends for that. For one thread.
 */
final class WarmUpClient {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUpClient.class);

  private static final String LAST = "\r\nConnection: close";

  private final InetSocketAddress address;
  private final int patienceMillis;
  private final byte[] sink = new byte[64 * 1024];

  /**
   * One that has asked for nothing.
   *
   * @param patienceMillis how long it waits for a connection, or for the next bytes
   */
  WarmUpClient(InetSocketAddress address, int patienceMillis) {
    this.address = address;
    this.patienceMillis = patienceMillis;
  }

  /** Asks, and lets the server end the connection. */
  void ask(String request) throws IOException {
    try (Socket socket = send(request + LAST)) {
      read(socket, true);
    }
  }

  /**
   * Asks for something small as many clients do that end a connection that could be used again. It
   * comes in one piece.
   */
  void askAndHangUp(String request) throws IOException {
    try (Socket socket = send(request)) {
      read(socket, false);
    }
  }

  private Socket send(String request) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(patienceMillis);
      socket.connect(address, patienceMillis);
      String whole = request + "\r\nHost: warm-up\r\n\r\n";
      socket.getOutputStream().write(whole.getBytes(StandardCharsets.US_ASCII));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void read(Socket socket, boolean toTheEnd) throws IOException {
    InputStream answer = socket.getInputStream();
    int got;
    try {
      do {
        got = answer.read(sink);
      } while (toTheEnd && got >= 0);
    } catch (SocketTimeoutException late) {
      LOG.debug("an answer is late", late);
    }
  }
}
