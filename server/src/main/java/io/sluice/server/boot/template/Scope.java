package io.sluice.server.boot.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What the names of a template stand for while it is rendered. Never changed once made. */
public final class Scope {
  private final Map<String, Supplier<Value>> values;

  private Scope(Map<String, Supplier<Value>> values) {
    this.values = Map.copyOf(values);
  }

  /** What a name stands for. */
  Value value(String name) {
    Supplier<Value> value = values.get(name);
    return value == null ? new Value.Missing(name) : value.get();
  }

  /** This scope and one more name. */
  Scope with(String name, String text) {
    Map<String, Supplier<Value>> more = new HashMap<>(values);
    more.put(name, () -> new Value.Text(text));
    return new Scope(more);
  }

  /** Collects values; what is empty is left out, so that defaults take its place. */
  public static final class Builder {
    private final Map<String, Supplier<Value>> values = new HashMap<>();

    /** A name that stands for text, unless that is empty. */
    public Builder text(String name, String text) {
      if (!text.isEmpty()) {
        values.put(name, () -> new Value.Text(text));
      }
      return this;
    }

    /** A name that stands for something that is only found out when a template uses it. */
    public Builder lazily(String name, Supplier<Value> value) {
      values.put(name, value);
      return this;
    }

    /** A name that stands for text, even when that is empty. */
    public Builder textOrEmpty(String name, String text) {
      values.put(name, () -> new Value.Text(text));
      return this;
    }

    /** A name that stands for several texts. */
    public Builder many(String name, List<String> texts) {
      Value value = new Value.Many(List.copyOf(texts));
      values.put(name, () -> value);
      return this;
    }

    /** The scope. */
    public Scope build() {
      return new Scope(values);
    }
  }
}
