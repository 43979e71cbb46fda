package io.sluice.server.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which streams of this process are a terminal. */
final class Terminals {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Terminals() {}

  /** Whether standard error is one. Java's console only speaks of standard output. */
  static boolean isErrorOne() {
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException elsewhere) {
      return false;
    }
  }

  /** The terminal that this process is run from, null when there is none. */
  @SuppressWarnings("SystemConsoleNull")
  static @Nullable Console console() {
    Console console = System.console();
    if (console == null) {
      return null;
    }
    try {
      // Since JDK 22 there is a console without a terminal, too.
      Object terminal = Console.class.getMethod("isTerminal").invoke(console);
      return Boolean.TRUE.equals(terminal) ? console : null;
    } catch (NoSuchMethodException before22) {
      return console;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return null;
    }
  }
}
