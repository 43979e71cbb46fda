package io.sluice.server.boot.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the names of a template stand for while it is rendered. Never changed once made. */
public final class Scope {
  private final Map<String, Value> values;

  private Scope(Map<String, Value> values) {
    this.values = Map.copyOf(values);
  }

  /** A scope with these values. */
  public static Scope of(Map<String, Value> values) {
    return new Scope(values);
  }

  /** What a name stands for. */
  Value value(String name) {
    Value value = values.get(name);
    return value == null ? new Value.Missing(name) : value;
  }

  /** This scope and one more name. */
  Scope with(String name, String text) {
    Map<String, Value> more = new HashMap<>(values);
    more.put(name, new Value.Text(text));
    return new Scope(more);
  }

  /** Collects values; what is empty is left out, so that defaults take its place. */
  public static final class Builder {
    private final Map<String, Value> values = new HashMap<>();

    /** A name that stands for text, unless that is empty. */
    public Builder text(String name, String text) {
      if (!text.isEmpty()) {
        values.put(name, new Value.Text(text));
      }
      return this;
    }

    /** A name that stands for text, even when that is empty. */
    public Builder textOrEmpty(String name, String text) {
      values.put(name, new Value.Text(text));
      return this;
    }

    /** A name that stands for several texts. */
    public Builder many(String name, List<String> texts) {
      values.put(name, new Value.Many(List.copyOf(texts)));
      return this;
    }

    /** The scope. */
    public Scope build() {
      return new Scope(values);
    }
  }
}
