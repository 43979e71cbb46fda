package io.sluice.server.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A machine as operators read it: as a line of a table, or in full, a line for each field. */
final class MachineView {
  private static final String LINE = "%-13s %s%n";
  private static final String INNER = "  ";

  private MachineView() {}

  /** The path of a machine. */
  static String path(String id) {
    return "/machines/" + ServerConnection.part(id);
  }

  /** A machine as a line of a table. */
  static Map<String, @Nullable Object> line(Map<String, @Nullable Object> machine) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>(machine);
    Map<String, @Nullable Object> installation = ServerConnection.map(machine.get("installation"));
    line.put("installation", installation.get("state"));
    line.put("lock", machine.containsKey("lock") ? "locked" : null);
    return line;
  }

  static void print(Map<String, @Nullable Object> machine, PrintWriter out) {
    machine.forEach((name, value) -> print(name, value, out));
  }

  private static void print(String name, @Nullable Object value, PrintWriter out) {
    if (name.equals("lock")) {
      out.printf(LINE, name, lock(ServerConnection.map(value)));
    } else if (value instanceof Map<?, ?>) {
      out.println(name);
      ServerConnection.map(value)
          .forEach((inner, each) -> out.printf(LINE, INNER + inner, shown(name, each)));
    } else {
      out.printf(LINE, name, shown("", value));
    }
  }

  private static String shown(String within, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty() ? "-" : String.join(" ", list.stream().map(String::valueOf).toList());
    }
    if (value == null) {
      return within.equals("secrets") ? "(secret)" : "-";
    }
    // A value of several lines goes on below where it began.
    return String.valueOf(value).stripTrailing().replaceAll("\\R", "\n" + " ".repeat(14));
  }

  private static String lock(Map<String, @Nullable Object> lock) {
    Object reason = lock.get("reason");
    return "by " + who(lock) + " since " + lock.get("at") + (reason == null ? "" : ": " + reason);
  }

  /** Who asked for a change, as in {@code ci from 10.0.0.7}; empty when the server did it. */
  static String who(Map<String, @Nullable Object> fields) {
    Object address = fields.get("address");
    Object token = fields.get("token");
    if (address == null) {
      return "";
    }
    return token == null ? String.valueOf(address) : token + " from " + address;
  }
}
