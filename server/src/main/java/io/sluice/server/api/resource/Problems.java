package io.sluice.server.api.resource;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.Reply;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.StoreException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Problems as RFC 9457 has them, with one more member: the field that was wrong. */
public final class Problems {
  private static final String TYPE = "application/problem+json";

  /** Characters; what a request quotes may be as long as a body. */
  private static final int LONGEST = 400;

  private Problems() {}

  public static Reply of(BadRequest problem) {
    return page(
        problem.status(), String.valueOf(problem.getMessage()), problem.field(), problem.headers());
  }

  public static Reply of(FieldException problem) {
    return page(
        HttpResponseStatus.UNPROCESSABLE_ENTITY,
        String.valueOf(problem.getMessage()),
        problem.field(),
        Map.of());
  }

  /** The same request may succeed later. */
  public static Reply of(StoreException away) {
    if (away.isFull()) {
      return page(
          HttpResponseStatus.INSUFFICIENT_STORAGE, String.valueOf(away.getMessage()), "", Map.of());
    }
    return later(
        away.isOutcomeKnown()
            ? "the store cannot be used, nothing was changed: " + away.getMessage()
            : "the store did not say whether it made the change (look before it is asked for"
                + " again): "
                + away.getMessage());
  }

  public static Reply later(String detail) {
    return page(HttpResponseStatus.SERVICE_UNAVAILABLE, detail, "", Map.of());
  }

  public static Reply page(
      HttpResponseStatus status, String detail, String field, Map<CharSequence, String> headers) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("type", "about:blank");
    members.put("title", status.reasonPhrase());
    members.put("status", status.code());
    members.put("detail", shown(detail));
    if (!field.isEmpty()) {
      members.put("field", shown(field));
    }
    return new Reply.Page(status, TYPE, Json.bytes(members), headers);
  }

  /** One line of a bearable length, whatever was quoted in it. */
  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= LONGEST
        ? line
        : line.substring(0, LONGEST / 2) + "…" + line.substring(line.length() - LONGEST / 2);
  }
}
