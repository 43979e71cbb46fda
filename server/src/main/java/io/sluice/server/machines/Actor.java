package io.sluice.server.machines;

/**
 * Who asked for a change, as far as is known.
 *
 * @param address where the request came from, empty when the server did it by itself
 * @param token the name of the token it came with, empty when that has none
 */
public record Actor(String address, String token) {
  /** No operator: the server, or a machine. */
  public static final Actor NONE = new Actor("", "");

  /** Such as {@code ci from 10.0.0.7}. */
  @Override
  public String toString() {
    return token.isEmpty() ? address : token + " from " + address;
  }
}
