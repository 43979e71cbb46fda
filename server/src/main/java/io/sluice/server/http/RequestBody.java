package io.sluice.server.http;

/** What an endpoint gets of the body of a request. */
public sealed interface RequestBody {
  /** Nothing: there was no body, or it was not wanted. */
  RequestBody NONE = new None();

  /** Nothing. */
  record None() implements RequestBody {}

  /**
   * All of it.
   *
   * @param bytes never changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Bytes(byte[] bytes) implements RequestBody {}

  /**
   * All of it went to a sink.
   *
   * @param sink has taken the last piece
   */
  record Poured(BodySink sink) implements RequestBody {}
}
