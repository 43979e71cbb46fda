package io.sluice.server.status;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.sluice.metrics.AbortReason;
import io.sluice.metrics.RequestTimer;
import io.sluice.server.http.RoutedRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a line of the access log looks like: one JSON object. */
final class AccessLogLine {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build();
  private static final int TYPICAL_LINE_BYTES = 512;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  /** An installation's, in the URLs of its script. */
  private static final Pattern TOKEN =
      Pattern.compile("(?<=[?&]install=|/installations/|/seed/)([0-9a-f]{8})[0-9a-f]{24}");

  private AccessLogLine() {}

  /** The line of an exchange that is over, with its line feed, in UTF-8. */
  static byte[] of(RequestTimer exchange) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(TYPICAL_LINE_BYTES);
    try (JsonGenerator json = JSON.createGenerator(line, JsonEncoding.UTF8)) {
      write(exchange, json);
    } catch (IOException e) {
      throw new UncheckedIOException("memory can always be written", e);
    }
    return line.toByteArray();
  }

  private static void write(RequestTimer exchange, JsonGenerator json) throws IOException {
    HttpRequest request = exchange.request();
    json.writeStartObject();
    json.writeStringField("time", exchange.begunAt().truncatedTo(ChronoUnit.MILLIS).toString());
    json.writeStringField("client", address(exchange));
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

  /**
   * A target as the client wrote it, but of a token only the beginning: it tells installations
   * apart, and nothing can be asked with it.
   */
  private static String shown(String target) {
    return TOKEN.matcher(utf8(target)).replaceAll("$1…");
  }

  /**
   * Netty reads a head as ISO 8859-1; a client that sends other letters than ASCII sends UTF-8.
   * Bytes that are none are written as in a URI (RFC 3986 §2.1): {@code %FF}.
   */
  private static String utf8(String text) {
    if (text.chars().allMatch(letter -> letter < 0x80)
        || text.chars().anyMatch(letter -> letter > 0xff)) {
      return text;
    }
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    CharBuffer letters = CharBuffer.allocate(bytes.remaining());
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    StringBuilder shown = new StringBuilder(text.length());
    while (true) {
      CoderResult result = decoder.decode(bytes, letters, true);
      shown.append(letters.flip());
      letters.clear();
      if (!result.isError()) {
        return shown.toString();
      }
      for (int i = 0; i < result.length(); i++) {
        shown.append('%').append(HEX.toHexDigits(bytes.get()));
      }
      decoder.reset();
    }
  }

  private static void optional(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, utf8(value));
    }
  }

  private static String address(RequestTimer exchange) {
    InetAddress address =
        exchange.request() instanceof RoutedRequest routed
            ? routed.arrival().client().getAddress()
            : null;
    return address == null ? "" : address.getHostAddress();
  }
}
