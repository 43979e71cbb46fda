package io.sluice.metrics;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.sluice.metrics.MetricsRenderer.Exposition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One answer of the metrics port.
 *
 * @param status the status
 * @param contentType the value of {@code Content-Type}, always the first header
 * @param headers further headers, in order
 * @param body the body
 */
@SuppressWarnings("ArrayRecordComponent") // a buffer to send, never compared
record Answer(
    HttpResponseStatus status, String contentType, Map<AsciiString, String> headers, byte[] body) {
  private static final AsciiString NO_SNIFF_HEADER = AsciiString.cached("x-content-type-options");

  /** RFC 9110 section 5.6.7; unlike the JDK's RFC 1123 format it writes days with two digits. */
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";

  /** Answers with one line of text. */
  static Answer line(HttpResponseStatus status, String line) {
    byte[] body = (line + "\n").getBytes(StandardCharsets.UTF_8);
    return new Answer(status, PLAIN, Map.of(), body);
  }

  /** A 503 with its line of text, and when to ask again in seconds. */
  static Answer unavailable(String line, int retryAfterSeconds) {
    return line(HttpResponseStatus.SERVICE_UNAVAILABLE, line)
        .with(HttpHeaderNames.RETRY_AFTER, Integer.toString(retryAfterSeconds));
  }

  /** A page that depends on {@code Accept}. */
  static Answer page(byte[] html) {
    return new Answer(HttpResponseStatus.OK, HTML, Map.of(HttpHeaderNames.VARY, "Accept"), html);
  }

  /** A scrape. */
  static Answer scrape(Exposition scrape) {
    Answer answer =
        new Answer(HttpResponseStatus.OK, scrape.contentType(), Map.of(), scrape.body())
            .with(HttpHeaderNames.VARY, "Accept, Accept-Encoding");
    String encoding = scrape.contentEncoding();
    return encoding == null ? answer : answer.with(HttpHeaderNames.CONTENT_ENCODING, encoding);
  }

  /** The same answer with one more header. */
  Answer with(AsciiString name, String value) {
    Map<AsciiString, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, contentType, more, body);
  }

  /**
   * The answer as a response to one request.
   *
   * @param request the request; HEAD gets the same head and no body
   * @param keepAlive whether the connection stays open
   */
  FullHttpResponse toResponse(HttpRequest request, boolean keepAlive) {
    boolean head = HttpMethod.HEAD.equals(request.method());
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    HttpHeaders out = response.headers();
    // GRUB stalls on an answer whose first header is Content-Length, so that one comes last.
    out.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    out.set(HttpHeaderNames.DATE, IMF_FIXDATE.format(Instant.now()));
    out.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    out.set(NO_SNIFF_HEADER, "nosniff");
    headers.forEach(out::set);
    HttpUtil.setKeepAlive(out, request.protocolVersion(), keepAlive);
    out.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    return response;
  }
}
