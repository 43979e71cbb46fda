package io.sluice.server.api.resource;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/** A request that is answered with a problem. */
public final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpResponseStatus status;
  private final String field;
  private final transient Map<CharSequence, String> headers;

  public BadRequest(HttpResponseStatus status, String detail) {
    this(status, detail, "", Map.of());
  }

  /**
   * Names what was wrong.
   *
   * @param field the field of the body or the parameter that was wrong, empty when it was neither
   */
  public BadRequest(
      HttpResponseStatus status, String detail, String field, Map<CharSequence, String> headers) {
    super(detail);
    this.status = status;
    this.field = field;
    this.headers = headers;
  }

  HttpResponseStatus status() {
    return status;
  }

  String field() {
    return field;
  }

  Map<CharSequence, String> headers() {
    return headers;
  }
}
