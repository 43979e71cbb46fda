package io.sluice.metrics;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the metrics port asks of a request's head before it looks at what is wanted. */
final class RequestCheck {
  private RequestCheck() {}

  /** The answer to a request that is not understood as HTTP/1 (RFC 9112 section 3), or null. */
  static @Nullable Answer malformed(HttpRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Answer.line(HttpResponseStatus.REQUEST_URI_TOO_LONG, "request line too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      return Answer.line(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "request headers too long");
    } else if (cause != null) {
      return Answer.line(HttpResponseStatus.BAD_REQUEST, "bad request");
    }
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return Answer.line(
          HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.0 and HTTP/1.1 only");
    }
    int hosts = request.headers().getAll(HttpHeaderNames.HOST).size();
    if (hosts > 1 || (hosts == 0 && version.minorVersion() >= 1)) {
      return Answer.line(HttpResponseStatus.BAD_REQUEST, "one Host header expected");
    }
    return null;
  }

  /** The answer to a method other than GET and HEAD, or null. */
  static @Nullable Answer wrongMethod(HttpRequest request) {
    HttpMethod method = request.method();
    if (HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method)) {
      return null;
    }
    return Answer.line(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET and HEAD only")
        .with(HttpHeaderNames.ALLOW, "GET, HEAD");
  }

  /** Whether a body follows the head. */
  static boolean hasBody(HttpRequest request) {
    return HttpUtil.isTransferEncodingChunked(request)
        || HttpUtil.getContentLength(request, 0L) > 0;
  }

  /** Takes scheme and authority off an absolute-form target (RFC 9112 section 3.2.2). */
  static String originForm(String target) {
    int scheme = target.startsWith("/") ? -1 : target.indexOf("://");
    String name = scheme < 0 ? "" : target.substring(0, scheme).toLowerCase(Locale.ROOT);
    if (!name.equals("http") && !name.equals("https")) {
      return target;
    }
    for (int i = scheme + "://".length(); i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '/') {
        return target.substring(i);
      } else if (c == '?') {
        return "/" + target.substring(i);
      }
    }
    return "/";
  }
}
