package io.sluice.server.api.resource;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.http.Request;
import io.sluice.server.machines.Actor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which clients may change something and see secrets: those that send a token (RFC 6750 §2.1), and
 * those that have shown a certificate which the server was told to trust. Without a file of tokens,
 * a program on this machine that calls the server by a name of this machine alone, with no proxy
 * between, unless a web page made a browser ask.
 */
public final class Access {
  private static final Logger LOG = LoggerFactory.getLogger(Access.class);
  private static final AsciiString AUTHENTICATE = AsciiString.cached("WWW-Authenticate");
  private static final String BEARER = "bearer ";

  private final Optional<Path> file;
  private final AtomicBoolean looking = new AtomicBoolean();

  /** Of the file; empty while it holds none, and then no client has one. */
  private volatile Optional<ApiTokens> tokens;

  private Access(Optional<Path> file, Optional<ApiTokens> tokens) {
    this.file = file;
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
        file, file.isPresent() ? Optional.of(ApiTokens.read(file.get())) : Optional.empty());
  }

  /**
   * Looks whether the file says something else now; while it holds no token, no client may do
   * anything. May block; a look that comes while another is blocked does nothing.
   */
  public void look() {
    if (file.isPresent() && looking.compareAndSet(false, true)) {
      try {
        look(file.get());
      } finally {
        looking.set(false);
      }
    }
  }

  private void look(Path path) {
    Optional<ApiTokens> before = tokens;
    try {
      ApiTokens now = ApiTokens.read(path);
      if (before.isEmpty() || !now.isSameAs(before.get())) {
        tokens = Optional.of(now);
        LOG.info("api-token-file: {}: read again, its tokens have changed", path);
      }
    } catch (IOException e) {
      tokens = Optional.empty();
      if (before.isPresent()) {
        LOG.warn("{}; every request that needs a token is refused until then", e.getMessage());
      }
    }
  }

  /** Whether the client may see and change everything. */
  public boolean isTrusted(Request request) {
    if (isCertified(request)) {
      return true;
    }
    if (file.isPresent()) {
      return tokens.flatMap(known -> name(request.headers(), known)).isPresent();
    }
    return request.arrival().isFromThisMachine() && !isFromAWebPage(request.headers());
  }

  /** The client, as it is put down in the history. */
  public Actor actor(Request request) {
    return new Actor(
        request.client().getAddress().getHostAddress(),
        tokens
            .flatMap(known -> name(request.headers(), known))
            .orElse(isCertified(request) ? request.arrival().certified() : ""));
  }

  /** A browser shows its certificate for any page, as it does for its own user. */
  private static boolean isCertified(Request request) {
    return !request.arrival().certified().isEmpty() && !isFromAWebPage(request.headers());
  }

  /** The client must be allowed to change something. */
  public void check(Request request) throws BadRequest {
    if (isTrusted(request)) {
      return;
    }
    if (file.isPresent()) {
      throw new BadRequest(
          HttpResponseStatus.UNAUTHORIZED,
          "Authorization (expected: Bearer and the token of the API)",
          "",
          Map.of(AUTHENTICATE, "Bearer"));
    }
    throw new BadRequest(
        HttpResponseStatus.FORBIDDEN,
        "changes are only taken from this machine itself, at localhost or a loopback address and"
            + " without a proxy between (expected: a server with --api-token-file, and its token)");
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
