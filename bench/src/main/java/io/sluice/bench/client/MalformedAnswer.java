package io.sluice.bench.client;

/** What came is not an HTTP answer. */
final class MalformedAnswer extends Exception {
  MalformedAnswer(String message) {
    super(message, null, false, false);
  }
}
