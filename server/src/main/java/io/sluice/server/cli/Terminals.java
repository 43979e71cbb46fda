package io.sluice.server.cli;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;
import org.jspecify.annotations.Nullable;

/** Whether somebody sits at a terminal. */
final class Terminals {
  private Terminals() {}

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
