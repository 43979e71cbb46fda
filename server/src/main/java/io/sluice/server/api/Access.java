package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.boot.Actor;
import io.sluice.server.http.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Who may change something and see secrets: whoever holds the token (RFC 6750 §2.1); without a
 * token, whoever asks from this machine, unless a web page made a browser ask.
 */
public final class Access {
  private static final AsciiString AUTHENTICATE = AsciiString.cached("WWW-Authenticate");
  private static final String BEARER = "bearer ";

  private final Optional<ApiTokens> tokens;

  private Access(Optional<ApiTokens> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads the tokens.
   *
   * @param file holds them, see {@link ApiTokens}; empty when there is none
   * @throws IOException when the file does not hold a token, with a message for the operator
   */
  public static Access of(Optional<Path> file) throws IOException {
    return new Access(
        file.isPresent() ? Optional.of(ApiTokens.read(file.get())) : Optional.empty());
  }

  /** Whether who asks may see and change everything. */
  boolean isTrusted(Request request) {
    if (tokens.isPresent()) {
      return name(request.headers(), tokens.get()).isPresent();
    }
    return request.client().getAddress().isLoopbackAddress() && !isFromAWebPage(request.headers());
  }

  /** Who asks, as it is put down in the history. */
  Actor actor(Request request) {
    return new Actor(
        request.client().getAddress().getHostAddress(),
        tokens.flatMap(known -> name(request.headers(), known)).orElse(""));
  }

  /** Who asks must be allowed to change something. */
  void check(Request request) throws BadRequest {
    if (isTrusted(request)) {
      return;
    }
    if (tokens.isPresent()) {
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

  private static Optional<String> name(HttpHeaders headers, ApiTokens tokens) {
    String field = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    return field.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? tokens.name(field.substring(BEARER.length()).strip())
        : Optional.empty();
  }

  /** A browser on this machine asks from this machine, whatever page it shows. */
  private static boolean isFromAWebPage(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.ORIGIN)
        || !headers.get("Sec-Fetch-Site", "none").equals("none");
  }
}
