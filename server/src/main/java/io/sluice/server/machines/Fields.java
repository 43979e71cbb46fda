package io.sluice.server.machines;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object, taken out one after the other with what each has to be. Absent and
 * null are the same.
 */
public final class Fields {
  private final Map<String, @Nullable Object> values;
  private final String prefix;

  private Fields(Map<String, @Nullable Object> values, String prefix) {
    this.values = values;
    this.prefix = prefix;
  }

  /** The fields of an object. */
  public static Fields of(Map<String, @Nullable Object> object) {
    return new Fields(object, "");
  }

  /** Nothing but these may be there. */
  public void only(Set<String> names) throws FieldException {
    for (String name : values.keySet()) {
      if (!names.contains(name)) {
        throw new FieldException(
            prefix + name, "one of " + String.join(", ", names.stream().sorted().toList()));
      }
    }
  }

  /** Text, empty when it is absent. */
  public String text(String name) throws FieldException {
    Object value = values.get(name);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw new FieldException(prefix + name, "text");
  }

  /** A whole number, the standard one when it is absent. */
  int number(String name, int least, int most, int standard) throws FieldException {
    Object value = values.get(name);
    if (value == null) {
      return standard;
    }
    if (value instanceof Number number
        && number.doubleValue() == number.intValue()
        && number.intValue() >= least
        && number.intValue() <= most) {
      return number.intValue();
    }
    throw new FieldException(prefix + name, "a number from " + least + " to " + most);
  }

  /** True or false, false when it is absent. */
  boolean flag(String name) throws FieldException {
    Object value = values.get(name);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw new FieldException(prefix + name, "true or false");
  }

  /** Several texts, none when it is absent. */
  List<String> texts(String name) throws FieldException {
    Object value = values.get(name);
    List<String> texts = new ArrayList<>();
    if (value == null) {
      return texts;
    }
    if (!(value instanceof List<?> list)) {
      throw new FieldException(prefix + name, "a list of texts");
    }
    for (Object each : list) {
      if (!(each instanceof String text)) {
        throw new FieldException(prefix + name, "a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  /** Texts by name, none when it is absent. */
  Map<String, String> textsByName(String name) throws FieldException {
    Map<String, String> texts = new LinkedHashMap<>();
    Fields inner = object(name);
    for (String key : inner.values.keySet()) {
      if (!(inner.values.get(key) instanceof String text)) {
        throw new FieldException(inner.prefix + key, "text");
      }
      texts.put(key, text);
    }
    return texts;
  }

  /** An object, an empty one when it is absent. */
  Fields object(String name) throws FieldException {
    Object value = values.get(name);
    Map<String, @Nullable Object> inner = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> inner.put(String.valueOf(key), each));
    } else if (value != null) {
      throw new FieldException(prefix + name, "an object");
    }
    return new Fields(inner, prefix + name + ".");
  }

  /** Whether there is a value. */
  public boolean has(String name) {
    return values.get(name) != null;
  }

  /** The same with the value it has, which is short and nothing secret. */
  FieldException wrong(String name, String value, String expected) {
    return new FieldException(prefix + name, value, expected);
  }

  /** What to say when a field has the wrong value. */
  public FieldException wrong(String name, String expected) {
    return new FieldException(prefix + name, expected);
  }
}
