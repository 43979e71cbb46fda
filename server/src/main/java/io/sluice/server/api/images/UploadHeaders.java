package io.sluice.server.api.images;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.api.resource.BadRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the head of an upload says about the body.
 *
 * @param start where in the image it begins
 * @param length how long it is, -1 when it does not say
 * @param total how long the image is, -1 when the body ends it
 * @param sha256 of the whole image in hex, empty when it is not given
 * @param contentSha256 of this body in hex, empty when it is not given
 * @param match the entity tags of {@code If-Match}, quotes included; empty when it is not given
 * @param onlyNew whether no image of that name may be there ({@code If-None-Match: *})
 */
record UploadHeaders(
    long start,
    long length,
    long total,
    String sha256,
    String contentSha256,
    List<String> match,
    boolean onlyNew) {
  private static final AsciiString ACCEPT_ENCODING = AsciiString.cached("Accept-Encoding");
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

  /** One member of a dictionary of RFC 9651 whose value is a byte sequence. */
  private static final Pattern SHA_256 = Pattern.compile("sha-256=:([A-Za-z0-9+/=]+):(?:\\s*;.*)?");

  private static final int SHA256_BYTES = 32;

  /**
   * Reads {@code Content-Range} (RFC 9110 §14.5), {@code Repr-Digest} and {@code Content-Digest}
   * (RFC 9530 §2 and §3) and conditions.
   *
   * @throws BadRequest also when the body is not the bytes of an image: 415
   */
  static UploadHeaders of(HttpHeaders headers) throws BadRequest {
    checkPlain(headers);
    String whole = digest(headers, "Repr-Digest");
    String content = digest(headers, "Content-Digest");
    List<String> match = tags(headers.getAll(HttpHeaderNames.IF_MATCH));
    boolean onlyNew = headers.getAll(HttpHeaderNames.IF_NONE_MATCH).contains("*");
    String lengthField = headers.get(HttpHeaderNames.CONTENT_LENGTH, "");
    long length = lengthField.isEmpty() ? -1 : Long.parseLong(lengthField);
    List<String> ranges = headers.getAll(HttpHeaderNames.CONTENT_RANGE);
    if (ranges.isEmpty()) {
      return new UploadHeaders(0, length, length, whole, content, match, onlyNew);
    }
    Matcher parts = CONTENT_RANGE.matcher(String.join(", ", ranges));
    if (parts.matches()) {
      long first = Long.parseLong(parts.group(1));
      long last = Long.parseLong(parts.group(2));
      long total = Long.parseLong(parts.group(3));
      if (first <= last && last < total && (length < 0 || length == last - first + 1)) {
        return new UploadHeaders(first, last - first + 1, total, whole, content, match, onlyNew);
      }
    }
    throw wrong("Content-Range", "bytes FIRST-LAST/TOTAL that fits the body");
  }

  /** An image is stored byte by byte as it comes, so the body must be it and nothing around it. */
  private static void checkPlain(HttpHeaders headers) throws BadRequest {
    String coding = String.join(", ", headers.getAll(HttpHeaderNames.CONTENT_ENCODING)).strip();
    if (!coding.isEmpty() && !coding.equalsIgnoreCase("identity")) {
      throw new BadRequest(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "Content-Encoding: "
              + coding
              + " (expected: none; a compressed image is uploaded under a name such as disk.raw.gz)",
          "Content-Encoding",
          Map.of(ACCEPT_ENCODING, "identity"));
    }
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "").strip();
    if (type.toLowerCase(Locale.ROOT).startsWith("multipart/")) {
      throw new BadRequest(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type: multipart (expected: the image itself as application/octet-stream;"
              + " with curl, -T FILE)",
          "Content-Type",
          Map.of());
    }
  }

  /** The entity tags of a list, as they were sent. */
  private static List<String> tags(List<String> fields) {
    return fields.stream()
        .flatMap(field -> Arrays.stream(field.split(",", -1)))
        .map(String::strip)
        .filter(tag -> !tag.isEmpty())
        .toList();
  }

  private static String digest(HttpHeaders headers, String name) throws BadRequest {
    List<String> fields = headers.getAll(name);
    if (fields.isEmpty()) {
      return "";
    }
    // Of a key that is there twice the last one counts (RFC 9651 §4.2.2).
    String hex = "";
    for (String member : String.join(",", fields).split(",", -1)) {
      Matcher found = SHA_256.matcher(member.strip());
      if (found.matches()) {
        hex = hex(found.group(1));
        if (hex.isEmpty()) {
          throw wrong(name, "sha-256=:BASE64: of 32 bytes");
        }
      }
    }
    if (hex.isEmpty()) {
      throw wrong(name, "sha-256=:BASE64:");
    }
    return hex;
  }

  /** Empty when it is none. */
  private static String hex(String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      return bytes.length == SHA256_BYTES ? HexFormat.of().formatHex(bytes) : "";
    } catch (IllegalArgumentException malformed) {
      return "";
    }
  }

  private static BadRequest wrong(String field, String expected) {
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST, field + " (expected: " + expected + ")", field, Map.of());
  }
}
