package io.sluice.bench.machine;

/**
 * Why a request came to nothing.
 *
 * @param kind what reports count by
 * @param detail one line for people
 */
public record Failure(Kind kind, String detail) {
  /** The ways a request can fail. */
  public enum Kind {
    /** No server listens at the address. */
    REFUSED("refused"),
    /** No connection for another reason, such as a server that does not answer in time. */
    NO_CONNECTION("no connection"),
    /** The server reset the connection. */
    RESET("reset"),
    /** The server closed the connection without a complete answer head. */
    NO_ANSWER("closed without answer"),
    /** Fewer or more bytes than announced or expected. */
    WRONG_LENGTH("wrong length"),
    /** The bytes are not those expected. */
    WRONG_DIGEST("wrong digest"),
    /** A status other than 2xx. */
    STATUS("status"),
    /** What came is not HTTP. */
    NOT_HTTP("not HTTP"),
    /** Nothing came for too long. */
    TIMED_OUT("timed out");

    private final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  /** A failure because of the answer's status. */
  public static Failure ofStatus(int status) {
    return new Failure(Kind.STATUS, Integer.toString(status));
  }

  /** What reports count by: the kind, and for a status its number. */
  public String label() {
    return kind == Kind.STATUS ? kind.label + " " + detail : kind.label;
  }
}
