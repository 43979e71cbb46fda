package io.sluice.server.http;

/** What an endpoint wants done with the body of a request, once it has seen its head. */
public sealed interface BodyIntake {
  /** A little of it is read and thrown away, for the sake of keeping the connection. */
  BodyIntake DISCARD = new Discard();

  /** It is of no use. */
  record Discard() implements BodyIntake {}

  /**
   * It is kept in memory.
   *
   * @param limit the most bytes it may have; more are answered with 413
   */
  record Keep(int limit) implements BodyIntake {}

  /** It goes to a sink as it comes. */
  record Pour(BodySink sink) implements BodyIntake {}

  /** The answer is known without it, and it is not read. */
  record Refuse(Reply reply) implements BodyIntake {}
}
