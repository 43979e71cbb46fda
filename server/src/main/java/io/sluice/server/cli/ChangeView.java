package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an import does or would do, machine by machine and field by field, for people. */
final class ChangeView {
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String YELLOW = "\u001b[33m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintWriter out;
  private final boolean coloured;

  ChangeView(PrintWriter out, boolean coloured) {
    this.out = out;
    this.coloured = coloured;
  }

  /** Prints the changes of an answer. */
  void print(ServerConnection.Answer answer) throws IOException {
    for (Map<String, @Nullable Object> change : answer.objects("changes")) {
      String kind = String.valueOf(change.get("change"));
      line(kind.equals("created") ? "+" : kind.equals("removed") ? "-" : "~", "", change.get("id"));
      if (change.get("fields") instanceof List<?> fields) {
        fields.forEach(each -> field(ServerConnection.map(each)));
      }
    }
    Object more = answer.object().get("changes_left_out");
    if (more instanceof Number number && number.intValue() > 0) {
      out.println("… and " + number + " machines more");
    }
    for (Map<String, @Nullable Object> kept : answer.objects("kept")) {
      line("!", "", kept.get("id") + " is kept: " + kept.get("why"));
    }
    out.flush();
  }

  private void field(Map<String, @Nullable Object> field) {
    Object from = field.get("from");
    Object to = field.get("to");
    String name = field.get("field") + ": ";
    if (from == null) {
      line("+", "    ", name + (to == null ? "" : to));
    } else if (to == null) {
      line("-", "    ", name + from);
    } else {
      line("~", "    ", name + from + " -> " + to);
    }
  }

  private void line(String sign, String indent, @Nullable Object text) {
    // What a server says may hold anything, and this is somebody's terminal.
    String shown = String.valueOf(text).replace("\n", "\\n").replaceAll("\\p{Cntrl}", "?");
    String line = indent + sign + " " + shown;
    String colour = sign.equals("+") ? GREEN : sign.equals("-") ? RED : YELLOW;
    out.println(coloured ? colour + line + PLAIN : line);
  }
}
