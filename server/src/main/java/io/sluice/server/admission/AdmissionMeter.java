package io.sluice.server.admission;

/** Told what becomes of image transfers that want to run. Any thread. */
public interface AdmissionMeter {
  /** Why a transfer was answered 503. */
  enum Reason {
    /** Its client obeys {@code Retry-After} and was told its time. */
    COME_BACK,
    /** It was held as long as a request is. */
    WAITED_TOO_LONG,
    /** The server ends. */
    SHUTDOWN
  }

  /**
   * A transfer runs.
   *
   * @param waitedNanos since it was asked for first
   */
  void admitted(long waitedNanos);

  /** A transfer was answered 503. */
  void refused(Reason reason);
}
