package io.sluice.server.config;

import java.util.List;

/**
 * The configuration cannot be used. Holds everything that is wrong with it, not just the first
 * thing.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  /**
   * One line a problem, such as {@code drain-seconds: soon (expected: a number from 0 to 86400)}.
   */
  public ConfigException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line a problem. */
  public List<String> problems() {
    return problems;
  }
}
