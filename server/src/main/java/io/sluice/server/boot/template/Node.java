package io.sluice.server.boot.template;

import java.util.List;

/** A piece of a template. */
sealed interface Node {
  /** Text that is written as it stands. */
  record Plain(String text) implements Node {}

  /** A value that is written. */
  record Output(Expression value, int line) implements Node {}

  /** The first of several pieces whose condition holds. */
  record Choice(List<Branch> branches, List<Node> otherwise) implements Node {}

  /** A condition and what is written when it holds. */
  record Branch(Expression condition, List<Node> body) {}

  /** A piece that is written once for each of several texts. */
  record Loop(String name, Expression texts, List<Node> body) implements Node {}

  /** Another template in this place. */
  record Include(String name, int line) implements Node {}
}
