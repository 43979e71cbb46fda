package io.sluice.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.sluice.server.net.Authority;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What every request must fulfil before its route is asked. Pure: a request in, a problem or
 * nothing out.
 */
final class RequestRules {
  private RequestRules() {}

  /** The problem that ends this request and its connection, if there is one. */
  static Optional<Reply.Problem> problemOf(RoutedRequest request) {
    if (request.decoderResult().isFailure()) {
      return Optional.of(malformed(request.decoderResult().cause()));
    }
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return problem(
          HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED,
          "protocol version (expected: HTTP/1.1 or HTTP/1.0)");
    }
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    boolean hostNeeded = version.compareTo(HttpVersion.HTTP_1_1) >= 0;
    if (hosts.size() > 1 || (hosts.isEmpty() && hostNeeded)) {
      return problem(
          HttpResponseStatus.BAD_REQUEST,
          "Host: " + hosts.size() + " header fields (expected: exactly one)");
    }
    if (!hosts.isEmpty() && !hosts.get(0).isEmpty() && Authority.parse(hosts.get(0)).isEmpty()) {
      return problem(HttpResponseStatus.BAD_REQUEST, "Host (expected: a host name and port)");
    }
    if (!request.arrival().problem().isEmpty()) {
      return problem(HttpResponseStatus.BAD_REQUEST, request.arrival().problem());
    }
    return codings(request).or(() -> expectation(request));
  }

  /**
   * A body is taken as it is: the decoder has refused what is not framed by chunks in the end, and
   * other codings before that are not undone (RFC 9112 §6.1, RFC 9110 §8.4).
   */
  private static Optional<Reply.Problem> codings(HttpRequest request) {
    HttpHeaders fields = request.headers();
    List<String> transfer = elements(fields, HttpHeaderNames.TRANSFER_ENCODING);
    boolean chunked = transfer.equals(List.of("chunked"));
    if (!transfer.isEmpty() && !chunked) {
      return problem(HttpResponseStatus.NOT_IMPLEMENTED, "Transfer-Encoding (expected: chunked)");
    }
    List<String> content = elements(fields, HttpHeaderNames.CONTENT_ENCODING);
    boolean hasBody = chunked || HttpUtil.getContentLength(request, 0L) > 0;
    if (!hasBody || content.stream().allMatch("identity"::equals)) {
      return Optional.empty();
    }
    return Optional.of(
        new Reply.Problem(
            HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding (expected: none; a body is taken as it is)",
            Map.of(ResponseFields.ACCEPT_ENCODING, "identity")));
  }

  /** The elements of a list, in small letters, without the empty ones (RFC 9110 §5.6.1.2). */
  private static List<String> elements(HttpHeaders fields, CharSequence name) {
    return fields.getAll(name).stream()
        .flatMap(field -> Arrays.stream(field.split(",", -1)))
        .map(element -> element.strip().toLowerCase(Locale.ROOT))
        .filter(element -> !element.isEmpty())
        .toList();
  }

  /** Whether this method is one that files and pages are asked with. */
  static boolean isRead(HttpMethod method) {
    return HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method);
  }

  private static Optional<Reply.Problem> expectation(HttpRequest request) {
    String expect = request.headers().get(HttpHeaderNames.EXPECT);
    boolean old = request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    if (expect == null || old || HttpUtil.is100ContinueExpected(request)) {
      return Optional.empty();
    }
    return problem(HttpResponseStatus.EXPECTATION_FAILED, "Expect (expected: 100-continue)");
  }

  /** What is answered to something that the decoder refused. */
  static Reply.Problem malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Reply.Problem.of(
          HttpResponseStatus.REQUEST_URI_TOO_LONG,
          "request line (expected: at most " + HeadLines.MAX_LINE_BYTES + " bytes)");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Reply.Problem.of(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "header (expected: at most "
              + HeadLines.MAX_HEADER_BYTES
              + " bytes in "
              + HeadLines.MAX_HEADER_FIELDS
              + " fields)");
    }
    return Reply.Problem.of(
        HttpResponseStatus.BAD_REQUEST, "request (expected: HTTP/1.1 as RFC 9112 has it)");
  }

  private static Optional<Reply.Problem> problem(HttpResponseStatus status, String detail) {
    return Optional.of(Reply.Problem.of(status, detail));
  }
}
