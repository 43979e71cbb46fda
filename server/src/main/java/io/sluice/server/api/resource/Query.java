package io.sluice.server.api.resource;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.http.Request;
import io.sluice.server.machines.Architecture;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The parameters of a request, each of which may be given once. */
public final class Query {
  /** What every list that has pages understands. */
  public static final List<String> PAGE = List.of("limit", "after");

  private final QueryParameters parameters;

  private Query(QueryParameters parameters) {
    this.parameters = parameters;
  }

  /** Reads the query of a request; {@link Resource} has looked whether all names are known. */
  public static Query of(Request request) {
    return new Query(request.query());
  }

  /**
   * Nothing but these may be there, and each once.
   *
   * @param repeated may be there more than once; empty for none
   */
  void only(Collection<String> known, String repeated) throws BadRequest {
    for (String name : parameters.names()) {
      if (name.equals(repeated)) {
        continue;
      }
      if (!known.contains(name)) {
        throw wrong(
            name,
            known.isEmpty()
                ? "no parameters in the query"
                : "one of " + String.join(", ", known.stream().sorted().toList()));
      }
      if (parameters.count(name) > 1) {
        throw wrong(name, "once");
      }
    }
  }

  /** What to say when a parameter has the wrong value. */
  public BadRequest wrong(String name, String expected) {
    return new BadRequest(
        HttpResponseStatus.UNPROCESSABLE_ENTITY,
        name + ": " + String.join(", ", parameters.all(name)) + " (expected: " + expected + ")",
        name,
        Map.of());
  }

  /**
   * A value, empty when it is not given.
   *
   * @throws BadRequest when it cannot be decoded
   */
  public String text(String name) throws BadRequest {
    if (parameters.isMalformed(name)) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST,
          name + " (expected: percent-encoded UTF-8)",
          name,
          Map.of());
    }
    return parameters.first(name).orElse("");
  }

  /** True or false, false when it is not given. */
  public boolean flag(String name) throws BadRequest {
    return switch (text(name)) {
      case "", "false" -> false;
      case "true" -> true;
      default -> throw wrong(name, "true or false");
    };
  }

  /** An architecture by the name used inside, empty when it is not given. */
  public String architecture() throws BadRequest {
    String name = text("arch");
    return name.isEmpty()
        ? ""
        : Architecture.parse(name).orElseThrow(() -> wrong("arch", Architecture.EXPECTED));
  }

  /** How many a page of a list has. */
  public int pageLimit() throws BadRequest {
    return number("limit", 1, PagedList.LARGEST_PAGE, PagedList.STANDARD_PAGE);
  }

  /** A whole number, the standard one when it is not given. */
  public int number(String name, int least, int most, int standard) throws BadRequest {
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
