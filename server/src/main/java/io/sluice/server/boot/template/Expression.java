package io.sluice.server.boot.template;

import java.util.List;

/** What stands between the braces of a tag, understood. */
sealed interface Expression {
  /** What it stands for in a scope. */
  Value in(Scope scope);

  /** Text in quotes. */
  record Literal(String text) implements Expression {
    @Override
    public Value in(Scope scope) {
      return new Value.Text(text);
    }
  }

  /** A name. */
  record Name(String name) implements Expression {
    @Override
    public Value in(Scope scope) {
      return scope.value(name);
    }
  }

  /** The first, or the second when the first is missing or empty. */
  record Default(Expression first, Expression second) implements Expression {
    @Override
    public Value in(Scope scope) {
      Value value = first.in(scope);
      return value.holds() ? value : second.in(scope);
    }
  }

  /** Text that a filter changed; each of several. */
  record Filtered(Expression expression, Filter filter) implements Expression {
    @Override
    public Value in(Scope scope) {
      Value value = expression.in(scope);
      if (value instanceof Value.Text one) {
        return new Value.Text(filter.apply(one.text()));
      }
      return value instanceof Value.Many many
          ? new Value.Many(many.texts().stream().map(filter::apply).toList())
          : value;
    }
  }

  /** Holds when the other does not. */
  record Not(Expression expression) implements Expression {
    @Override
    public Value in(Scope scope) {
      return truth(!expression.in(scope).holds());
    }
  }

  /** Holds when both do. */
  record And(Expression left, Expression right) implements Expression {
    @Override
    public Value in(Scope scope) {
      return truth(left.in(scope).holds() && right.in(scope).holds());
    }
  }

  /** Holds when one does. */
  record Or(Expression left, Expression right) implements Expression {
    @Override
    public Value in(Scope scope) {
      return truth(left.in(scope).holds() || right.in(scope).holds());
    }
  }

  /** Holds when both are the same; what is missing is as good as empty. */
  record Equal(Expression left, Expression right) implements Expression {
    @Override
    public Value in(Scope scope) {
      return truth(texts(left.in(scope)).equals(texts(right.in(scope))));
    }
  }

  /** Holds when the first is one of the second. */
  record OneOf(Expression one, Expression many) implements Expression {
    @Override
    public Value in(Scope scope) {
      return truth(
          one.in(scope) instanceof Value.Text text && texts(many.in(scope)).contains(text.text()));
    }
  }

  private static List<String> texts(Value value) {
    if (value instanceof Value.Text one) {
      return one.text().isEmpty() ? List.of() : List.of(one.text());
    }
    return value instanceof Value.Many many ? many.texts() : List.of();
  }

  private static Value truth(boolean holds) {
    return new Value.Text(holds ? "true" : "");
  }
}
