package io.sluice.server.api;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.boot.Machine;
import io.sluice.server.http.MacAddress;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Machines as a table (RFC 4180): one column for each field, {@code vars.NAME} and {@code
 * secrets.NAME} for variables; several addresses or tags in a cell have spaces between.
 */
final class MachineCsv {
  static final String TYPE = "text/csv";

  private static final List<String> TEXTS =
      List.of("id", "uuid", "serial", "hostname", "arch", "profile", "image");
  private static final Set<String> LISTS = Set.of("macs", "tags");
  private static final List<String> COLUMNS =
      List.of("id", "macs", "uuid", "serial", "hostname", "arch", "tags", "profile", "image");

  private MachineCsv() {}

  /** The table, secrets included. */
  static byte[] write(List<Machine> machines) {
    Set<String> vars = new TreeSet<>();
    Set<String> secrets = new TreeSet<>();
    for (Machine machine : machines) {
      vars.addAll(machine.vars().keySet());
      secrets.addAll(machine.secrets().keySet());
    }
    StringWriter table = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().build(table)) {
      List<String> head = new ArrayList<>(COLUMNS);
      vars.forEach(name -> head.add("vars." + name));
      secrets.forEach(name -> head.add("secrets." + name));
      csv.writeRecord(head);
      for (Machine machine : machines) {
        List<String> row = row(machine);
        vars.forEach(name -> row.add(machine.vars().getOrDefault(name, "")));
        secrets.forEach(name -> row.add(machine.secrets().getOrDefault(name, "")));
        csv.writeRecord(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return table.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> row(Machine machine) {
    List<String> row = new ArrayList<>();
    row.add(machine.id());
    row.add(String.join(" ", machine.macs().stream().map(MacAddress::colons).toList()));
    row.add(machine.uuid());
    row.add(machine.serial());
    row.add(machine.hostname());
    row.add(machine.arch());
    row.add(String.join(" ", machine.tags()));
    row.add(machine.profile());
    row.add(machine.image());
    return row;
  }

  /** The machines of a table as objects; an empty cell is a field that is not given. */
  static List<Map<String, @Nullable Object>> read(byte[] table) throws BadRequest {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    String text = new String(table, StandardCharsets.UTF_8);
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(text)) {
      for (NamedCsvRecord row : rows) {
        objects.add(object(row));
      }
    } catch (CsvParseException | IOException e) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST,
          "body (expected: CSV with a head; " + e.getMessage() + ")");
    }
    return objects;
  }

  private static Map<String, @Nullable Object> object(NamedCsvRecord row) throws BadRequest {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    Map<String, @Nullable Object> vars = new LinkedHashMap<>();
    Map<String, @Nullable Object> secrets = new LinkedHashMap<>();
    for (Map.Entry<String, String> cell : row.getFieldsAsMap().entrySet()) {
      String column = cell.getKey();
      String value = cell.getValue();
      if (value.isEmpty()) {
        continue;
      }
      if (column.startsWith("vars.")) {
        vars.put(column.substring("vars.".length()), value);
      } else if (column.startsWith("secrets.")) {
        secrets.put(column.substring("secrets.".length()), value);
      } else if (LISTS.contains(column)) {
        object.put(column, List.of(value.strip().split("\\s+")));
      } else if (TEXTS.contains(column)) {
        object.put(column, value);
      } else {
        throw new BadRequest(
            HttpResponseStatus.UNPROCESSABLE_ENTITY,
            column
                + " (expected: a column "
                + String.join(", ", COLUMNS)
                + ", vars.NAME or secrets.NAME)",
            column,
            Map.of());
      }
    }
    object.put("vars", vars);
    object.put("secrets", secrets);
    return object;
  }
}
