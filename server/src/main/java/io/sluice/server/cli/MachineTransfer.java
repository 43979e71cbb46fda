package io.sluice.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.jr.ob.JSON;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice machine import} and {@code export}. */
final class MachineTransfer {
  private static final int PAGE = 1000;

  /** What a server takes at once, in bytes. */
  private static final int LARGEST_TABLE = 4 * 1024 * 1024;

  /** In bytes or characters. */
  private static final int LARGEST_PART = 1024 * 1024;

  private static final int MOST_IN_PART = 5000;

  private MachineTransfer() {}

  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Puts the machines of a file, all or none: a JSON array, or CSV with a head.",
        "More than 1 MiB of JSON or 4 MiB of CSV is sent in parts of 1 MiB, each all or none."
      })
  static final class Import extends RemoteCommand {
    @Parameters(paramLabel = "FILE", description = "ends in .csv or .json; - is standard input")
    private String file = "";

    @Option(names = "--csv", description = "it is CSV, whatever its name")
    private boolean csv;

    @Option(names = "--force", description = "though profiles or images are not there yet")
    private boolean force;

    @Option(
        names = "--charset",
        paramLabel = "NAME",
        description = "of CSV without a byte order mark, such as iso-8859-1 (default: utf-8)")
    private String charset = "";

    @Override
    void run() throws IOException {
      try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(path())) {
        boolean table = csv || file.toLowerCase(Locale.ROOT).endsWith(".csv");
        int whole = table ? LARGEST_TABLE : LARGEST_PART;
        byte[] first = in.readNBytes(whole + 1);
        if (first.length <= whole) {
          if (table) {
            print(server.send("POST", target(), "text/csv" + charsetParameter(), first, ""));
          } else {
            print(server.send("POST", target(), "application/json", text(first)));
          }
          return;
        }
        // What is more than a server takes at once comes in parts, so that every export goes back,
        // and is never in memory as a whole.
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(first), in);
        if (table) {
          sendTable(all);
        } else {
          sendArray(all);
        }
      }
    }

    private String charsetParameter() {
      return charset.isEmpty() ? "" : "; charset=" + charset;
    }

    private Path path() throws IOException {
      Path path = Path.of(file);
      if (!Files.isReadable(path)) {
        throw new IOException("FILE: " + file + " (expected: a file that can be read)");
      }
      return path;
    }

    private String text(byte[] bytes) throws IOException {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new IOException("FILE: " + file + " (expected: JSON in UTF-8)", e);
      }
    }

    private String target() {
      return "/machines?force=" + force;
    }

    private void print(ApiClient.Answer answer) throws IOException {
      out().println(json ? answer.text() : counts(answer.object()));
      out().flush();
    }

    private static String counts(Map<String, @Nullable Object> said) {
      return String.join(
          ", ",
          Stream.of("created", "changed", "unchanged")
              .map(kind -> said.get(kind) + " " + kind)
              .toList());
    }

    private void sendArray(InputStream array) throws IOException {
      StringBuilder part = new StringBuilder();
      int count = 0;
      try (JsonParser parser = new JsonFactory().createParser(array)) {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
          throw new IOException("FILE: " + file + " (expected: a JSON array of machines)");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          JSON nulls = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);
          String each = nulls.asString(JSON.std.mapFrom(parser));
          parser.clearCurrentToken();
          if (isFull(part, count, each.length())) {
            print(server.send("POST", target(), "application/json", part.append(']').toString()));
            part.setLength(0);
            count = 0;
          }
          part.append(count == 0 ? '[' : ',').append(each);
          count++;
        }
      } catch (JsonProcessingException e) {
        throw new IOException(
            "FILE: "
                + file
                + " (expected: a JSON array of machines; "
                + e.getOriginalMessage()
                + ")",
            e);
      }
      if (count > 0) {
        print(server.send("POST", target(), "application/json", part.append(']').toString()));
      }
    }

    private void sendTable(InputStream table) throws IOException {
      StringWriter part = new StringWriter();
      int count = 0;
      List<String> head = List.of();
      try (CsvReader<CsvRecord> rows =
              CsvReader.builder().detectBomHeader(true).ofCsvRecord(table, charset());
          CsvWriter out = CsvWriter.builder().bufferSize(0).build(part)) {
        for (CsvRecord row : rows) {
          if (head.isEmpty()) {
            head = List.copyOf(row.getFields());
            out.writeRecord(head);
            continue;
          }
          int length = row.getFields().stream().mapToInt(String::length).sum();
          if (isFull(part.getBuffer(), count, length)) {
            print(server.send("POST", target(), "text/csv", part.toString()));
            part.getBuffer().setLength(0);
            count = 0;
            out.writeRecord(head);
          }
          out.writeRecord(row.getFields());
          count++;
        }
      }
      if (count > 0) {
        print(server.send("POST", target(), "text/csv", part.toString()));
      }
    }

    private Charset charset() throws IOException {
      try {
        return charset.isEmpty() ? StandardCharsets.UTF_8 : Charset.forName(charset);
      } catch (IllegalArgumentException unknown) {
        throw new IOException(
            "--charset: " + charset + " (expected: a name such as iso-8859-1)", unknown);
      }
    }

    private static boolean isFull(CharSequence part, int count, int more) {
      return count == MOST_IN_PART || (count > 0 && part.length() + more > LARGEST_PART);
    }
  }

  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = "Prints all machines as import takes them: JSON, or CSV.")
  static final class Export extends RemoteCommand {
    @Option(names = "--csv", description = "as a table")
    private boolean csv;

    private boolean begun;

    @Override
    void run() throws IOException {
      if (csv) {
        table();
        return;
      }
      forEachPage(
          "/machines",
          "",
          page -> {
            warnOfUnreadable(page);
            printAll(page.objects("machines"));
          });
      out().println(begun ? " ]" : "[ ]");
      out().flush();
    }

    private void printAll(List<Map<String, @Nullable Object>> machines) throws IOException {
      for (Map<String, @Nullable Object> machine : machines) {
        if (ApiClient.map(machine.get("secrets")).containsValue(null)) {
          throw new IOException(
              "secrets are not shown (expected: --api-token-file; without them, an import would"
                  + " delete them)");
        }
      }
      for (Map<String, @Nullable Object> machine : machines) {
        out().print(begun ? ", " : "[ ");
        out().print(JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(machine));
        begun = true;
      }
    }

    /** Pages of a table have the same head, unless machines change meanwhile. */
    private void table() throws IOException {
      String head = "";
      String path = "/machines?format=csv&limit=" + PAGE;
      while (!path.isEmpty()) {
        ApiClient.Answer page = server.get(path);
        String first = page.text().substring(0, page.text().indexOf('\n') + 1);
        if (!head.isEmpty() && !first.equals(head)) {
          throw new IOException("machines got other variables meanwhile (expected: try again)");
        }
        out().print(head.isEmpty() ? page.text() : page.text().substring(first.length()));
        head = first;
        path = page.next();
      }
      out().flush();
    }
  }
}
