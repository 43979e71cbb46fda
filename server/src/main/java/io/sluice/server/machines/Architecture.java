package io.sluice.server.machines;

import java.util.Map;
import java.util.Optional;

/** Processor architectures by every name that clients use for them. */
public final class Architecture {
  private static final Map<String, String> NAMES =
      Map.of(
          "x86_64", "x86_64", "amd64", "x86_64", "i386", "x86_64", "aarch64", "aarch64", "arm64",
          "aarch64");

  private Architecture() {}

  /** The name used inside; empty for what is none. */
  public static Optional<String> parse(String name) {
    return Optional.ofNullable(NAMES.get(name));
  }
}
