package io.sluice.bench.machine;

/** Hears of one request; after {@link #finished} or {@link #failed} nothing more is said. */
public interface AnswerListener {
  /** The first byte of an answer is here. */
  void firstByte();

  /**
   * More of the body is here.
   *
   * @param bytes how many came with this read
   * @param soFar how many of this body came in all
   * @param announced the body's length as the server gave it, or -1 when it did not
   */
  void progress(int bytes, long soFar, long announced);

  /** The whole answer is here. */
  void finished(Answer answer);

  /** There will be no whole answer. */
  void failed(Failure failure);
}
