package io.sluice.server.transfer;

/** What a transfer does when it has its turn. */
@FunctionalInterface
public interface Turn {
  /**
   * Sends the next part, on the loop of the transfer's connection.
   *
   * @param most how many bytes to send in this turn at most, at least 1
   * @return how many body bytes were handed to the connection, 0 when the part has to be waited for
   */
  long take(int most);
}
