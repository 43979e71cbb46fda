package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the head of an upload says about the body.
 *
 * @param start where in the image it begins
 * @param length how long it is, -1 when it does not say
 * @param total how long the image is, -1 when the body ends it
 * @param sha256 of the whole image in hex, empty when it is not given
 */
record UploadHeaders(long start, long length, long total, String sha256) {
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
  private static final Pattern DIGEST =
      Pattern.compile("(?:^|.*[ ,])sha-256=:([A-Za-z0-9+/=]+):.*");
  private static final int SHA256_BYTES = 32;

  /** Reads {@code Content-Range} (RFC 9110 §14.5) and {@code Repr-Digest} (RFC 9530 §3). */
  static UploadHeaders of(HttpHeaders headers) throws BadRequest {
    String digest = digest(headers);
    String lengthField = headers.get(HttpHeaderNames.CONTENT_LENGTH, "");
    long length = lengthField.isEmpty() ? -1 : Long.parseLong(lengthField);
    String range = headers.get(HttpHeaderNames.CONTENT_RANGE);
    if (range == null) {
      return new UploadHeaders(0, length, length, digest);
    }
    Matcher parts = CONTENT_RANGE.matcher(range);
    if (parts.matches()) {
      long first = Long.parseLong(parts.group(1));
      long last = Long.parseLong(parts.group(2));
      long total = Long.parseLong(parts.group(3));
      if (first <= last && last < total && (length < 0 || length == last - first + 1)) {
        return new UploadHeaders(first, last - first + 1, total, digest);
      }
    }
    throw wrong("Content-Range", "bytes FIRST-LAST/TOTAL that fits the body");
  }

  private static String digest(HttpHeaders headers) throws BadRequest {
    String field = headers.get("Repr-Digest");
    if (field == null) {
      return "";
    }
    Matcher digest = DIGEST.matcher(field);
    return Optional.of(digest)
        .filter(Matcher::matches)
        .map(found -> bytes(found.group(1)))
        .filter(bytes -> bytes.length == SHA256_BYTES)
        .map(HexFormat.of()::formatHex)
        .orElseThrow(() -> wrong("Repr-Digest", "sha-256=:BASE64:"));
  }

  private static byte[] bytes(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException malformed) {
      return new byte[0];
    }
  }

  private static BadRequest wrong(String field, String expected) {
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST, field + " (expected: " + expected + ")", field, Map.of());
  }
}
