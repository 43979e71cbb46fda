package io.sluice.server.boot.template;

import java.util.List;

/** What an expression of a template stands for. */
public sealed interface Value {
  /** Whether a condition made of this value holds. */
  boolean holds();

  /** One piece of text; the empty one does not hold. */
  record Text(String text) implements Value {
    @Override
    public boolean holds() {
      return !text.isEmpty();
    }
  }

  /** Several pieces of text in their order; none do not hold. */
  record Many(List<String> texts) implements Value {
    @Override
    public boolean holds() {
      return !texts.isEmpty();
    }
  }

  /** Nothing was given under a name. */
  record Missing(String name) implements Value {
    @Override
    public boolean holds() {
      return false;
    }
  }
}
