package io.sluice.server;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** In characters; a server takes 4 MiB at once. */
  private static final int LARGEST_PART = 1024 * 1024;

  private static final int MOST_IN_PART = 5000;

  private MachineTransfer() {}

  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Puts the machines of a file, all or none: a JSON array, or CSV with a head.",
        "A server takes up to 10,000 at once; more than 1 MiB of JSON is sent in parts, each all or",
        "none."
      })
  static final class Import extends MachineCommand.Remote {
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
      byte[] bytes = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(path());
      if (csv || file.toLowerCase(Locale.ROOT).endsWith(".csv")) {
        String parameter = charset.isEmpty() ? "" : "; charset=" + charset;
        told(server.send("POST", target(), "text/csv" + parameter, bytes));
      } else {
        for (String part : parts(text(bytes))) {
          told(server.send("POST", target(), "application/json", part));
        }
      }
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

    private void told(ServerConnection.Answer answer) throws IOException {
      out().println(json ? answer.text() : told(answer.object()));
      out().flush();
    }

    private static String told(Map<String, @Nullable Object> said) {
      return String.join(
          ", ",
          Stream.of("created", "changed", "unchanged")
              .map(kind -> said.get(kind) + " " + kind)
              .toList());
    }

    /** What is more than a server takes at once comes in parts, so that every export goes back. */
    private static List<String> parts(String text) throws IOException {
      if (text.length() <= LARGEST_PART) {
        return List.of(text);
      }
      List<String> parts = new ArrayList<>();
      StringBuilder part = new StringBuilder();
      int count = 0;
      for (Object machine : JSON.std.listFrom(text)) {
        String each = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(machine);
        if (count == MOST_IN_PART || part.length() + each.length() > LARGEST_PART) {
          parts.add(part.append(']').toString());
          part = new StringBuilder();
          count = 0;
        }
        part.append(count == 0 ? '[' : ',').append(each);
        count++;
      }
      parts.add(part.append(count == 0 ? "[]" : "]").toString());
      return parts;
    }
  }

  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = "Prints all machines as import takes them: JSON, or CSV.")
  static final class Export extends MachineCommand.Remote {
    @Option(names = "--csv", description = "as a table")
    private boolean csv;

    @Override
    void run() throws IOException {
      if (csv) {
        table();
        return;
      }
      List<Map<String, @Nullable Object>> all = new ArrayList<>();
      String after = "";
      do {
        ServerConnection.Answer page = server.get("/machines?limit=" + PAGE + "&after=" + after);
        warnOfUnreadable(page);
        for (Map<String, @Nullable Object> machine : page.objects("machines")) {
          if (ServerConnection.map(machine.get("secrets")).containsValue(null)) {
            throw new IOException(
                "secrets are not shown (expected: --api-token-file; without them, an import would"
                    + " delete them)");
          }
          all.add(machine);
        }
        after = page.object().get("next") instanceof String next ? ServerConnection.part(next) : "";
      } while (!after.isEmpty());
      out().println(JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(all));
      out().flush();
    }

    /** Pages of a table have the same head, unless machines change meanwhile. */
    private void table() throws IOException {
      String head = "";
      String path = "/machines?format=csv&limit=" + PAGE;
      while (!path.isEmpty()) {
        ServerConnection.Answer page = server.get(path);
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
