package io.sluice.server.api;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Machines as a table (RFC 4180): one column for each field, {@code vars.NAME} and {@code
 * secrets.NAME} for variables; several addresses or tags in a cell have spaces between, several
 * keys line ends.
 */
final class MachineCsv {
  static final String TYPE = "text/csv";

  private static final String VARS = "vars.";
  private static final String SECRETS = "secrets.";
  private static final List<String> TEXTS =
      List.of("id", "uuid", "serial", "hostname", "arch", "profile", "image", "disk");
  private static final String KEYS = "ssh_keys";
  private static final int LONGEST_REASON = 200;
  private static final Set<String> LISTS = Set.of("macs", "tags");
  private static final List<String> COLUMNS =
      List.of(
          "id",
          "macs",
          "uuid",
          "serial",
          "hostname",
          "arch",
          "tags",
          "profile",
          "image",
          "disk",
          KEYS);

  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final char MARK = '\ufeff';

  private MachineCsv() {}

  /** The names of variables and of secrets that are columns. */
  record Columns(Collection<String> vars, Collection<String> secrets) {}

  /**
   * The table, secrets included.
   *
   * @param columns those of every page of a table, so that all have the same
   */
  static byte[] write(Columns columns, List<Machine> machines) {
    Set<String> vars = new TreeSet<>(columns.vars());
    Set<String> secrets = new TreeSet<>(columns.secrets());
    StringWriter table = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().build(table)) {
      List<String> head = new ArrayList<>(COLUMNS);
      vars.forEach(name -> head.add(VARS + name));
      secrets.forEach(name -> head.add(SECRETS + name));
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
    row.add(machine.disk());
    row.add(String.join("\n", machine.sshKeys()));
    return row;
  }

  /** Takes one machine after the other. */
  @FunctionalInterface
  interface Sink {
    /** Takes one, with the line it begins in. */
    void take(Map<String, @Nullable Object> object, long line) throws BadRequest;
  }

  /**
   * The machines of a table as objects; an empty cell is a field that is not given.
   *
   * @param contentType of the request
   */
  static void read(byte[] bytes, String contentType, Sink sink) throws BadRequest {
    String table = text(bytes, contentType);
    checkQuotes(table);
    try (CsvReader<CsvRecord> heads = CsvReader.builder().ofCsvRecord(table);
        CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(table)) {
      for (CsvRecord head : heads) {
        checkHead(head.getFields());
        break;
      }
      for (NamedCsvRecord row : rows) {
        if (row.getFieldCount() != row.getHeader().size()) {
          throw new BadRequest(
              HttpResponseStatus.BAD_REQUEST,
              "line "
                  + row.getStartingLineNumber()
                  + " (expected: as many cells as the head has, "
                  + row.getHeader().size()
                  + ")");
        }
        sink.take(object(row), row.getStartingLineNumber());
      }
    } catch (CsvParseException | IOException | IllegalArgumentException e) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST,
          "body (expected: CSV with a head that names each column once; " + reason(e) + ")");
    }
  }

  /**
   * The text of a table, in the charset its byte order mark or its media type names, else in UTF-8.
   * Bytes that are no text in that charset are refused: guessed letters would become names of
   * machines.
   */
  private static String text(byte[] bytes, String contentType) throws BadRequest {
    Optional<Charset> marked = marked(bytes);
    Charset charset = marked.isPresent() ? marked.get() : named(contentType);
    CharsetDecoder decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out =
        CharBuffer.allocate((int) Math.ceil(bytes.length * (double) decoder.maxCharsPerByte()));
    boolean whole = !decoder.decode(in, out, true).isError() && !decoder.flush(out).isError();
    out.flip();
    if (!whole) {
      throw wrong(charset, 1 + out.chars().filter(c -> c == '\n').count());
    }
    String text = out.toString();
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      throw wrong(charset, 1 + text.substring(0, nul).chars().filter(c -> c == '\n').count());
    }
    return !text.isEmpty() && text.charAt(0) == MARK ? text.substring(1) : text;
  }

  private static BadRequest wrong(Charset charset, long line) {
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST,
        "line "
            + line
            + " (expected: text in "
            + charset.name()
            + "; another charset takes a byte order mark, or charset= in Content-Type, as in"
            + " text/csv; charset=iso-8859-1)");
  }

  private static Optional<Charset> marked(byte[] bytes) {
    if (begins(bytes, 0xef, 0xbb, 0xbf)) {
      return Optional.of(StandardCharsets.UTF_8);
    }
    if (begins(bytes, 0xff, 0xfe)) {
      return Optional.of(StandardCharsets.UTF_16LE);
    }
    return begins(bytes, 0xfe, 0xff) ? Optional.of(StandardCharsets.UTF_16BE) : Optional.empty();
  }

  private static boolean begins(byte[] bytes, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (bytes.length <= i || (bytes[i] & 0xff) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static Charset named(String contentType) throws BadRequest {
    Matcher found = CHARSET.matcher(contentType);
    if (!found.find()) {
      return StandardCharsets.UTF_8;
    }
    try {
      return Charset.forName(found.group(1).toUpperCase(Locale.ROOT));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new BadRequest(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type: charset=" + found.group(1) + " (expected: one such as utf-8)");
    }
  }

  /** The reader takes the end of the table for the end of a cell, with all the rows before it. */
  private static void checkQuotes(String table) throws BadRequest {
    long line = 1;
    long opened = 0;
    for (int i = 0; i < table.length(); i++) {
      char letter = table.charAt(i);
      if (letter == '"') {
        opened = opened == 0 ? line : 0;
      } else if (letter == '\n') {
        line++;
      }
    }
    if (opened > 0) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST,
          "line " + opened + " (expected: a quote at the end of the cell that begins with one)");
    }
  }

  private static void checkHead(List<String> head) throws BadRequest {
    Set<String> seen = new HashSet<>();
    for (String column : head) {
      boolean known =
          COLUMNS.contains(column) || column.startsWith(VARS) || column.startsWith(SECRETS);
      if (!known || !seen.add(column)) {
        throw new BadRequest(
            HttpResponseStatus.UNPROCESSABLE_ENTITY,
            column
                + " (expected: columns "
                + String.join(", ", COLUMNS)
                + ", vars.NAME or secrets.NAME, each once)",
            column,
            Map.of());
      }
    }
  }

  /** What the reader found, without the exceptions it wraps it in. */
  private static String reason(Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
    return message.substring(0, Math.min(LONGEST_REASON, message.length()));
  }

  private static Map<String, @Nullable Object> object(NamedCsvRecord row) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    Map<String, @Nullable Object> vars = new LinkedHashMap<>();
    Map<String, @Nullable Object> secrets = new LinkedHashMap<>();
    for (Map.Entry<String, String> cell : row.getFieldsAsMap().entrySet()) {
      String column = cell.getKey();
      String value = cell.getValue();
      if (value.isEmpty()) {
        continue;
      }
      if (column.startsWith(VARS)) {
        vars.put(column.substring(VARS.length()), value);
      } else if (column.startsWith(SECRETS)) {
        secrets.put(column.substring(SECRETS.length()), value);
      } else if (LISTS.contains(column)) {
        object.put(column, List.of(value.strip().split("\\s+")));
      } else if (column.equals(KEYS)) {
        object.put(column, value.lines().filter(line -> !line.isBlank()).toList());
      } else if (TEXTS.contains(column)) {
        object.put(column, value);
      }
    }
    object.put("vars", vars);
    object.put("secrets", secrets);
    return object;
  }
}
