package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.sluice.server.http.Request;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The parameters of a request, each of which may be given once. */
final class Query {
  private final Map<String, List<String>> parameters;

  private Query(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /** Reads the query of a request; {@link Resource} has looked whether all names are known. */
  static Query of(Request request) throws BadRequest {
    try {
      return new Query(new QueryStringDecoder("?" + request.path().query()).parameters());
    } catch (IllegalArgumentException malformed) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST, "query (expected: NAME=VALUE&…, percent-encoded UTF-8)");
    }
  }

  /** Nothing but these may be there, and each once. */
  void only(Collection<String> known) throws BadRequest {
    for (Map.Entry<String, List<String>> each : parameters.entrySet()) {
      if (!known.contains(each.getKey())) {
        throw wrong(
            each.getKey(),
            known.isEmpty()
                ? "no parameters in the query"
                : "one of " + String.join(", ", known.stream().sorted().toList()));
      }
      if (each.getValue().size() > 1) {
        throw wrong(each.getKey(), "once");
      }
    }
  }

  /** What to say when a parameter has the wrong value. */
  BadRequest wrong(String name, String expected) {
    return new BadRequest(
        HttpResponseStatus.UNPROCESSABLE_ENTITY,
        name
            + ": "
            + String.join(", ", parameters.getOrDefault(name, List.of()))
            + " (expected: "
            + expected
            + ")",
        name,
        Map.of());
  }

  /** A value, empty when it is not given. */
  String text(String name) {
    return parameters.getOrDefault(name, List.of("")).get(0);
  }

  /** True or false, false when it is not given. */
  boolean flag(String name) throws BadRequest {
    return switch (text(name)) {
      case "", "false" -> false;
      case "true" -> true;
      default -> throw wrong(name, "true or false");
    };
  }

  /** A whole number, the standard one when it is not given. */
  int number(String name, int least, int most, int standard) throws BadRequest {
    String text = text(name);
    if (text.isEmpty()) {
      return standard;
    }
    int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    if (number < least || number > most) {
      throw wrong(name, "a number from " + least + " to " + most);
    }
    return number;
  }
}
