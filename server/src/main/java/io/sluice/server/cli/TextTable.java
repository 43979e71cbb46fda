package io.sluice.server.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects as a table for people, a line each. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> columns;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these columns, each the name of a field. */
  TextTable(String... columns) {
    this.columns = List.of(columns);
  }

  /** Adds a line; what an object does not have is a dash. */
  TextTable add(Map<String, @Nullable Object> object) {
    rows.add(columns.stream().map(column -> cell(object.get(column))).toList());
    return this;
  }

  private static String cell(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty() ? "-" : String.join(",", list.stream().map(String::valueOf).toList());
    }
    return value == null || value.equals("") ? "-" : String.valueOf(value);
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void print(PrintWriter out) {
    List<String> head = columns.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList();
    int[] widths = new int[columns.size()];
    List<List<String>> all = new ArrayList<>(rows);
    all.add(0, head);
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length())).append(GAP);
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }
}
