package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.http.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;

/**
 * Who may change something and see secrets: whoever holds the token (RFC 6750 §2.1); without a
 * token, whoever asks from this machine, unless a web page made a browser ask.
 */
public final class Access {
  private static final AsciiString AUTHENTICATE = AsciiString.cached("WWW-Authenticate");
  private static final String BEARER = "bearer ";
  private static final int SHORTEST_TOKEN = 16;

  private final Optional<byte[]> token;

  private Access(Optional<byte[]> token) {
    this.token = token;
  }

  /**
   * Reads the token.
   *
   * @param file holds it in its one line; empty when there is none
   * @throws IOException when the file does not hold a token, with a message for the operator
   */
  public static Access of(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return new Access(Optional.empty());
    }
    String text;
    try {
      text = Files.readString(file.get(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new IOException(
          "api-token-file: " + file.get() + " (expected: a file that can be read; " + e + ")", e);
    }
    if (!text.matches("[\\x21-\\x7e]{" + SHORTEST_TOKEN + ",}")) {
      throw new IOException(
          "api-token-file: "
              + file.get()
              + " (expected: one line of at least "
              + SHORTEST_TOKEN
              + " printable characters)");
    }
    return new Access(Optional.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Whether who asks may see and change everything. */
  boolean isTrusted(Request request) {
    if (token.isPresent()) {
      return holdsToken(request.headers(), token.get());
    }
    return request.client().getAddress().isLoopbackAddress() && !isFromAWebPage(request.headers());
  }

  /** Who asks must be allowed to change something. */
  void check(Request request) throws BadRequest {
    if (isTrusted(request)) {
      return;
    }
    if (token.isPresent()) {
      throw new BadRequest(
          HttpResponseStatus.UNAUTHORIZED,
          "Authorization (expected: Bearer and the token of the API)",
          "",
          Map.of(AUTHENTICATE, "Bearer"));
    }
    throw new BadRequest(
        HttpResponseStatus.FORBIDDEN,
        "changes are only taken from this machine itself (expected: a server with"
            + " --api-token-file, and its token)");
  }

  private static boolean holdsToken(HttpHeaders headers, byte[] token) {
    String field = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    return field.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && MessageDigest.isEqual(
            field.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8), token);
  }

  /** A browser on this machine asks from this machine, whatever page it shows. */
  private static boolean isFromAWebPage(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.ORIGIN)
        || !headers.get("Sec-Fetch-Site", "none").equals("none");
  }
}
