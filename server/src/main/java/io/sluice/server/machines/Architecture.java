package io.sluice.server.machines;

import java.util.Map;
import java.util.Optional;

/**
 * Processor architectures by every name that clients use for them. iPXE for a BIOS says {@code
 * i386} on processors of 64 bits ({@code buildarch}), and GRUB {@code arm64} ({@code grub_cpu}).
 */
public final class Architecture {
  /** The names used inside, for messages. */
  public static final String EXPECTED = "x86_64 or aarch64";

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
