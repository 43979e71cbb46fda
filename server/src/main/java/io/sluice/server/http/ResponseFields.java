package io.sluice.server.http;

import io.netty.util.AsciiString;

/**
 * Names of header fields as they are sent: each word with a capital. Names are case-insensitive
 * (RFC 9110 §5.1), but GRUB 2.06 compares them letter by letter and does not find a length under
 * {@code content-length}.
 */
public final class ResponseFields {
  public static final AsciiString ACCEPT_ENCODING = AsciiString.cached("Accept-Encoding");
  public static final AsciiString ACCEPT_RANGES = AsciiString.cached("Accept-Ranges");
  public static final AsciiString ALLOW = AsciiString.cached("Allow");
  public static final AsciiString CACHE_CONTROL = AsciiString.cached("Cache-Control");
  public static final AsciiString CONNECTION = AsciiString.cached("Connection");
  public static final AsciiString CONTENT_ENCODING = AsciiString.cached("Content-Encoding");
  public static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
  public static final AsciiString CONTENT_RANGE = AsciiString.cached("Content-Range");
  public static final AsciiString CONTENT_TYPE = AsciiString.cached("Content-Type");
  public static final AsciiString DATE = AsciiString.cached("Date");
  public static final AsciiString ETAG = AsciiString.cached("ETag");
  public static final AsciiString LAST_MODIFIED = AsciiString.cached("Last-Modified");
  public static final AsciiString REPR_DIGEST = AsciiString.cached("Repr-Digest");
  public static final AsciiString RETRY_AFTER = AsciiString.cached("Retry-After");
  public static final AsciiString TRANSFER_ENCODING = AsciiString.cached("Transfer-Encoding");
  public static final AsciiString VARY = AsciiString.cached("Vary");
  public static final AsciiString X_CONTENT_TYPE_OPTIONS =
      AsciiString.cached("X-Content-Type-Options");

  private ResponseFields() {}
}
