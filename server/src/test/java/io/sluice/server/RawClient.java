package io.sluice.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Speaks HTTP/1 over a bare socket, so that requests can be malformed and answers are seen exactly
 * as they were sent. Reads strictly: whatever is not what RFC 9112 has fails the test.
 */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 (\\d{3}) [ -~]+");
  private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)");

  private final Socket socket;
  private final InputStream in;

  /** A header field of an answer. */
  record Field(String name, String value) {}

  /** An answer, its fields in the order in which they came. */
  @SuppressWarnings("ArrayRecordComponent")
  record Response(String statusLine, List<Field> fields, byte[] body) {
    int status() {
      return Integer.parseInt(statusLine.substring(9, 12));
    }

    Optional<String> find(String name) {
      List<String> values =
          fields.stream()
              .filter(field -> field.name().equalsIgnoreCase(name))
              .map(Field::value)
              .toList();
      if (values.size() > 1) {
        throw new AssertionError(name + " is there " + values.size() + " times: " + fields);
      }
      return values.stream().findFirst();
    }

    String field(String name) {
      return find(name).orElseThrow(() -> new AssertionError("no " + name + " in " + head()));
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String head() {
      return statusLine + " " + fields;
    }
  }

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
  }

  static RawClient connect(InetSocketAddress server) throws IOException {
    return connect(server, 0);
  }

  /**
   * A client whose operating system takes little ahead of it.
   *
   * @param receiveBuffer in bytes; 0 leaves the choice to the system
   */
  static RawClient connect(InetSocketAddress server, int receiveBuffer) throws IOException {
    return connect(server, receiveBuffer, "0.0.0.0");
  }

  /**
   * The same from an address of its own.
   *
   * @param from such as {@code 127.0.0.2}; {@code 0.0.0.0} leaves the choice to the system
   */
  static RawClient connect(InetSocketAddress server, int receiveBuffer, String from)
      throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(from, 0));
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(server, PATIENCE_MILLIS);
    return new RawClient(socket);
  }

  /** Over a connection that somebody else has opened, one with TLS say. */
  static RawClient over(Socket connected) throws IOException {
    return new RawClient(connected);
  }

  /** A request for a path with further header fields, each {@code Name: value}. */
  static String request(String method, String target, String... fields) {
    StringBuilder text =
        new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String field : fields) {
      text.append(field).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  Response get(String target, String... fields) throws IOException {
    return send(request("GET", target, fields)).read();
  }

  Response head(String target, String... fields) throws IOException {
    return send(request("HEAD", target, fields)).readHead();
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Says that nothing more will be sent, and goes on listening. */
  RawClient endOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Closes so that the server sees a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Reads an answer with its body. */
  Response read() throws IOException {
    Response head = readHead();
    int status = head.status();
    if (status == 204 || status == 304 || status < 200) {
      return head;
    }
    return new Response(head.statusLine(), head.fields(), body(head));
  }

  /** Reads a 100 (RFC 9110 §15.2.1). */
  Response readHead100() throws IOException {
    String statusLine = line();
    if (!line().isEmpty()) {
      throw new AssertionError("fields in " + statusLine);
    }
    return new Response(statusLine, List.of(), new byte[0]);
  }

  /** Reads an answer that has no body, such as one to a HEAD. */
  Response readHead() throws IOException {
    String statusLine = line();
    if (!STATUS_LINE.matcher(statusLine).matches()) {
      throw new AssertionError("status line: " + statusLine);
    }
    List<Field> fields = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      Matcher field = FIELD.matcher(line);
      if (!field.matches()) {
        throw new AssertionError("field line: " + line);
      }
      fields.add(new Field(field.group(1), field.group(2)));
    }
    if (fields.isEmpty() || fields.get(0).name().equalsIgnoreCase("Content-Length")) {
      throw new AssertionError("GRUB would stall on " + fields);
    }
    return new Response(statusLine, fields, new byte[0]);
  }

  private byte[] body(Response head) throws IOException {
    Optional<String> length = head.find("Content-Length");
    if (head.find("Transfer-Encoding").isPresent()) {
      if (length.isPresent()) {
        throw new AssertionError("length and encoding: " + head.head());
      }
      return chunks();
    }
    return length.isPresent() ? exactly(Integer.parseInt(length.get())) : in.readAllBytes();
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.write(exactly(size));
      if (!line().isEmpty()) {
        throw new AssertionError("no end of line after a chunk");
      }
    }
    while (!line().isEmpty()) {
      // a trailer
    }
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  /** Reads a number of bytes, no more and no fewer. */
  byte[] exactly(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException(bytes.length + " of " + count + " bytes");
    }
    return bytes;
  }

  /** Reads what is there, up to a number of bytes; -1 at the end. */
  int some(byte[] buffer) throws IOException {
    return in.read(buffer);
  }

  /** Whether anything has come that was not read yet. */
  boolean hasBytes() throws IOException {
    return in.available() > 0;
  }

  /** Reads up to the end of the connection, which must not be a reset. */
  byte[] rest() throws IOException {
    return in.readAllBytes();
  }

  /** Reads up to the end of the connection, be it a reset, and says how many bytes came. */
  long countToTheEnd() {
    byte[] buffer = new byte[64 * 1024];
    long count = 0;
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
      }
    } catch (java.net.SocketTimeoutException hangs) {
      throw new AssertionError("the connection was not closed", hangs);
    } catch (IOException reset) {
      // as good an end as any
    }
    return count;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("after: " + line.toString(StandardCharsets.ISO_8859_1));
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new AssertionError("bare line feed after: " + text.toLowerCase(Locale.ROOT));
    }
    return text.substring(0, text.length() - 1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
