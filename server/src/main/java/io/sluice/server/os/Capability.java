package io.sluice.server.os;

/**
 * Something that the server uses where it can be had, and can do without.
 *
 * @param name for the operator
 * @param present whether the server has it
 * @param remedy what it takes, where it is absent
 */
public record Capability(String name, boolean present, String remedy) {
  /** As it is told in the line at the start: {@code locked memory no (ulimit -l)}. */
  @Override
  public String toString() {
    return name + (present ? " yes" : " no (" + remedy + ")");
  }
}
