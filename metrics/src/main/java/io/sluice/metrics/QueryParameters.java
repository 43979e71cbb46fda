package io.sluice.metrics;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query, {@code NAME=VALUE&…} (WHATWG URL §5.1,
 * application/x-www-form-urlencoded), read so that a client that encodes one value badly loses that
 * value and no other: firmware pastes what its vendor wrote into URLs. Pure; no more parameters
 * than the query has characters.
 */
public final class QueryParameters {
  /**
   * A value.
   *
   * @param raw as it was sent, without {@code +} and percent signs being read
   * @param decoded null when it is no percent-encoded UTF-8
   */
  private record Value(String raw, @Nullable String decoded) {}

  private final Map<String, List<Value>> values;

  private QueryParameters(Map<String, List<Value>> values) {
    this.values = values;
  }

  /**
   * Reads a query.
   *
   * @param query what follows the question mark, a character a byte
   */
  public static QueryParameters of(String query) {
    Map<String, List<Value>> values = new LinkedHashMap<>();
    for (int begin = 0; begin < query.length(); ) {
      int end = query.indexOf('&', begin);
      end = end < 0 ? query.length() : end;
      if (end > begin) {
        add(values, query.substring(begin, end));
      }
      begin = end + 1;
    }
    return new QueryParameters(values);
  }

  /**
   * Reads the query of a request's target.
   *
   * @param target what follows its first question mark is the query, if there is one
   */
  public static QueryParameters ofTarget(String target) {
    int question = target.indexOf('?');
    return of(question < 0 ? "" : target.substring(question + 1));
  }

  private static void add(Map<String, List<Value>> values, String parameter) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    String raw = equals < 0 ? "" : parameter.substring(equals + 1);
    String spelled = decode(name);
    values
        .computeIfAbsent(spelled == null ? name : spelled, any -> new ArrayList<>(1))
        .add(new Value(raw, decode(raw)));
  }

  /** The names, each once, in the order in which they came. */
  public Set<String> names() {
    return values.keySet();
  }

  /** Whether a parameter is there, whatever its value. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** How often a parameter is there. */
  public int count(String name) {
    return values.getOrDefault(name, List.of()).size();
  }

  /** Whether a parameter has a value that cannot be read. */
  public boolean isMalformed(String name) {
    return values.getOrDefault(name, List.of()).stream().anyMatch(value -> value.decoded() == null);
  }

  /** The values of a parameter that can be read, in their order. */
  public List<String> all(String name) {
    List<String> all = new ArrayList<>();
    for (Value value : values.getOrDefault(name, List.of())) {
      if (value.decoded() != null) {
        all.add(value.decoded());
      }
    }
    return all;
  }

  /** The first value of a parameter; empty when it is not there, or cannot be read. */
  public Optional<String> first(String name) {
    List<Value> all = values.getOrDefault(name, List.of());
    return all.isEmpty() ? Optional.empty() : Optional.ofNullable(all.get(0).decoded());
  }

  /** The same for people to read: as it was sent when it cannot be read. */
  public Optional<String> firstAsSent(String name) {
    List<Value> all = values.getOrDefault(name, List.of());
    return first(name).or(() -> all.stream().findFirst().map(Value::raw));
  }

  /** Percent-decodes; null for a percent sign without two digits, and for what is no UTF-8. */
  private static @Nullable String decode(String raw) {
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        c = (char) (high * 16 + low);
        i += 2;
      } else if (c == '+') {
        c = ' ';
      }
      bytes[length++] = (byte) c;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }
}
