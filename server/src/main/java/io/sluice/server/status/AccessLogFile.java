package io.sluice.server.status;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.sluice.metrics.AbortReason;
import io.sluice.metrics.RequestTimer;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where access log lines go, and what a line looks like: one JSON object. Used by one thread. */
public final class AccessLogFile implements Closeable {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int TYPICAL_LINE_BYTES = 512;
  private static final double NANOS_PER_SECOND = 1e9;

  /** An installation's, in the URLs of its script. */
  private static final Pattern TOKEN =
      Pattern.compile("(?<=[?&]install=|/installations/)([0-9a-f]{8})[0-9a-f]{24}");

  /** How often it is checked whether the file was moved away, as logrotate does. */
  private static final long ROTATION_CHECK_NANOS = Duration.ofSeconds(1).toNanos();

  private final @Nullable Path path;
  private @Nullable Object fileKey;
  private long checkedAt = System.nanoTime();
  private OutputStream out;

  private AccessLogFile(@Nullable Path path, OutputStream out) throws IOException {
    this.path = path;
    this.fileKey = path == null ? null : key(path);
    this.out = out;
  }

  /** Lines go to standard output. */
  public static AccessLogFile standardOutput() throws IOException {
    return new AccessLogFile(
        null, new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
  }

  /**
   * Lines are appended to a file, which is made when it is missing.
   *
   * @throws IOException when it cannot be opened for writing
   */
  public static AccessLogFile appendingTo(Path path) throws IOException {
    return new AccessLogFile(path, open(path));
  }

  /** Writes one line; it may stay in a buffer until {@link #flush()}. */
  void write(RequestTimer exchange) throws IOException {
    reopenIfMoved();
    out.write(line(exchange));
  }

  void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.flush();
    if (path != null) {
      out.close();
    }
  }

  /** A line is made as a whole, so that one that could not be written leaves no half object. */
  private static byte[] line(RequestTimer exchange) throws IOException {
    HttpRequest request = exchange.request();
    ByteArrayOutputStream line = new ByteArrayOutputStream(TYPICAL_LINE_BYTES);
    try (JsonGenerator json = JSON.createGenerator(line, JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeStringField("time", exchange.begunAt().truncatedTo(ChronoUnit.MILLIS).toString());
      json.writeStringField("client", address(exchange.channel().remoteAddress()));
      json.writeStringField("endpoint", exchange.endpoint());
      json.writeStringField("method", request.method().name());
      json.writeStringField("target", shown(request.uri()));
      json.writeStringField("protocol", request.protocolVersion().text());
      json.writeNumberField("status", exchange.status());
      json.writeNumberField("bytes", exchange.bodyBytes());
      json.writeNumberField("seconds", exchange.durationNanos() / NANOS_PER_SECOND);
      if (exchange.firstByteNanos() >= 0) {
        json.writeNumberField("first_byte_seconds", exchange.firstByteNanos() / NANOS_PER_SECOND);
      }
      AbortReason reason = exchange.abortReason();
      json.writeStringField("outcome", reason == null ? "finished" : reason.label());
      optional(json, "range", request.headers().get(HttpHeaderNames.RANGE));
      optional(json, "user_agent", request.headers().get(HttpHeaderNames.USER_AGENT));
      json.writeEndObject();
      json.writeRaw('\n');
    }
    return line.toByteArray();
  }

  /** The beginning of a token tells installations apart, and is of no use to anybody else. */
  private static String shown(String target) {
    return TOKEN.matcher(target).replaceAll("$1…");
  }

  private static void optional(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, value);
    }
  }

  private void reopenIfMoved() throws IOException {
    if (path == null || System.nanoTime() - checkedAt < ROTATION_CHECK_NANOS) {
      return;
    }
    checkedAt = System.nanoTime();
    Object now = key(path);
    if (now == null || !now.equals(fileKey)) {
      OutputStream next = open(path);
      out.close();
      out = next;
      fileKey = key(path);
    }
  }

  private static OutputStream open(Path path) throws IOException {
    return new BufferedOutputStream(
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  private static @Nullable Object key(Path path) throws IOException {
    try {
      return Files.getAttribute(path, "unix:ino");
    } catch (NoSuchFileException moved) {
      return null;
    }
  }

  private static String address(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress().getHostAddress()
        : "";
  }
}
