package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;

/**
 * The header fields that are looked at after a request was routed. A request may wait for its
 * answer for minutes, and only these are kept meanwhile. What looks at another field has to name it
 * here.
 */
final class RequestFields {
  private static final List<CharSequence> KEPT =
      List.of(
          HttpHeaderNames.HOST,
          HttpHeaderNames.CONNECTION,
          HttpHeaderNames.EXPECT,
          HttpHeaderNames.CONTENT_LENGTH,
          HttpHeaderNames.TRANSFER_ENCODING,
          HttpHeaderNames.CONTENT_TYPE,
          HttpHeaderNames.CONTENT_ENCODING,
          HttpHeaderNames.CONTENT_RANGE,
          "Repr-Digest",
          "Content-Digest",
          HttpHeaderNames.RANGE,
          HttpHeaderNames.IF_RANGE,
          HttpHeaderNames.IF_MATCH,
          HttpHeaderNames.IF_NONE_MATCH,
          HttpHeaderNames.IF_MODIFIED_SINCE,
          HttpHeaderNames.IF_UNMODIFIED_SINCE,
          HttpHeaderNames.ACCEPT,
          HttpHeaderNames.ACCEPT_ENCODING,
          HttpHeaderNames.AUTHORIZATION,
          HttpHeaderNames.COOKIE,
          HttpHeaderNames.ORIGIN,
          "Sec-Fetch-Site",
          "Last-Event-ID");

  /** Characters of the name of a client; logs show them, and iPXE is told by the first five. */
  private static final int LONGEST_USER_AGENT = 256;

  private RequestFields() {}

  /** The fields of a head that are looked at later. */
  static HttpHeaders kept(HttpHeaders all) {
    HttpHeaders kept =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (CharSequence name : KEPT) {
      if (all.contains(name)) {
        kept.add(name, all.getAll(name));
      }
    }
    String client = all.get(HttpHeaderNames.USER_AGENT);
    if (client != null) {
      kept.add(
          HttpHeaderNames.USER_AGENT,
          client.substring(0, Math.min(LONGEST_USER_AGENT, client.length())));
    }
    return kept;
  }

  /** What fields take, in bytes. */
  static long bytes(HttpHeaders fields) {
    long bytes = 0;
    var all = fields.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> field = all.next();
      bytes += field.getKey().length() + field.getValue().length();
    }
    return bytes;
  }
}
