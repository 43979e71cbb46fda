package io.sluice.server.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.config.ConfigException;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice apply}: machines as files say them, as from a Git repository. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes the machines of a server what files say: shows what changes, and writes only that.",
      "A folder's files count that end in .yaml, .yml or .json, in folders within, too; names that",
      "begin with a dot do not. A file holds one machine, which goes by its id or the name of the",
      "file, or many: a list, several YAML documents, or a list under machines. Up to 10,000",
      "machines in 3 MiB are written together, all or none; more are written in parts, by id."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the server has what the files say",
      "1:it has not, because something failed or is kept",
      "2:bad usage, or files that are wrong; nothing was written",
      "3:with --dry-run: something would be changed"
    })
public final class ApplyCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int WOULD_CHANGE = 3;

  /** What a server takes at once. */
  private static final int MOST_IN_PART = 10_000;

  /** In bytes; a server takes 4 MiB, and a name may be encoded in more than its bytes. */
  private static final int LARGEST_PART = 3 * 1024 * 1024;

  private static final Pattern COUNTED = Pattern.compile("machine (\\d{1,5}): ");

  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String YELLOW = "\u001b[33m";
  private static final String PLAIN = "\u001b[0m";

  private static final List<String> KINDS = List.of("created", "changed", "removed", "unchanged");

  @Mixin private final ApiClient server = new ApiClient();

  @Parameters(
      paramLabel = "DIR|FILE",
      arity = "1..*",
      description = "files and folders; - is YAML from standard input")
  private List<String> paths = List.of();

  @Option(names = "--dry-run", description = "show what would change, and write nothing")
  private boolean dryRun;

  @Option(
      names = "--prune",
      description = {
        "remove machines that are not in the files, but for those that are locked or being installed;",
        "asks first, unless --yes is given"
      })
  private boolean prune;

  @Option(names = "--yes", description = "do not ask before machines are removed")
  private boolean yes;

  @Option(names = "--force", description = "though profiles or images are not there yet")
  private boolean force;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description = "auto, always or never (default: auto: on a terminal, unless NO_COLOR is set)")
  private Color color = Color.auto;

  @Option(names = "--json", description = "print what the server says, as JSON")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** When there are colours, as it is typed. */
  enum Color {
    auto,
    always,
    never
  }

  /**
   * Machines that are written together.
   *
   * @param after the last id before them, empty when they are the first
   * @param to the last of their ids, empty when they are the last
   */
  private record Part(String after, String to, List<String> ids, String body) {}

  @Override
  public Integer call() throws IOException, ConfigException {
    SortedMap<String, Map<String, @Nullable Object>> machines = MachineFiles.read(paths, System.in);
    List<Part> parts = parts(machines);
    List<ApiClient.Answer> plans = new ArrayList<>();
    for (Part part : parts) {
      plans.add(send(part, true, ""));
    }
    Map<String, Integer> counts = counts(plans);
    boolean change = machines(counts) > 0;
    boolean kept = false;
    for (ApiClient.Answer plan : plans) {
      show(plan);
      kept |= !plan.objects("kept").isEmpty();
    }
    if (dryRun || !change) {
      say(change ? "would be: " + told(counts) : told(counts) + ", nothing to do");
      return change ? WOULD_CHANGE : kept ? FAILED : 0;
    }
    if (counts.getOrDefault("removed", 0) > 0 && !yes && !isAgreed(counts)) {
      spec.commandLine()
          .getErr()
          .println("--prune: nothing was written (expected: yes, or --yes where nobody is asked)");
      return BAD_USAGE;
    }
    write(parts, plans, counts);
    return kept ? FAILED : 0;
  }

  private void write(List<Part> parts, List<ApiClient.Answer> plans, Map<String, Integer> counts)
      throws IOException {
    if (parts.size() > 1) {
      say(parts.size() + " parts, each all or none");
    }
    for (int i = 0; i < parts.size(); i++) {
      try {
        send(parts.get(i), false, plans.get(i).etag());
      } catch (IOException e) {
        throw new IOException(
            e.getMessage()
                + (i == 0 ? "; nothing was written" : "; only " + i + " parts were written"),
            e);
      }
    }
    say(told(counts));
  }

  private ApiClient.Answer send(Part part, boolean dry, String etag) throws IOException {
    String path = "/machines?dry_run=" + dry + (force ? "&force=true" : "");
    if (prune) {
      path +=
          "&prune=true"
              + ApiClient.parameter("after", part.after())
              + ApiClient.parameter("to", part.to());
    }
    try {
      return server.send("POST", path, "application/json", part.body(), etag);
    } catch (ApiClient.Refusal refusal) {
      throw new IOException(named(String.valueOf(refusal.getMessage()), part.ids()), refusal);
    }
  }

  /** Replaces the number by which the server names a machine with the id that the files give. */
  private static String named(String message, List<String> ids) {
    Matcher counted = COUNTED.matcher(message);
    if (!counted.find()) {
      return message;
    }
    int number = Integer.parseInt(counted.group(1));
    return number < ids.size() ? counted.replaceFirst(ids.get(number) + ": ") : message;
  }

  private static List<Part> parts(SortedMap<String, Map<String, @Nullable Object>> machines)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    StringBuilder body = new StringBuilder();
    List<String> ids = new ArrayList<>();
    String after = "";
    String last = "";
    int count = 0;
    int size = 0;
    for (Map.Entry<String, Map<String, @Nullable Object>> machine : machines.entrySet()) {
      String text = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(machine.getValue());
      int bytes = text.getBytes(StandardCharsets.UTF_8).length + 1;
      if (count == MOST_IN_PART || (count > 0 && size + bytes > LARGEST_PART)) {
        parts.add(new Part(after, last, ids, body.append(']').toString()));
        ids = new ArrayList<>();
        body = new StringBuilder();
        after = last;
        count = 0;
        size = 0;
      }
      body.append(count == 0 ? '[' : ',').append(text);
      last = machine.getKey();
      ids.add(last);
      count++;
      size += bytes;
    }
    parts.add(new Part(after, "", ids, body.append(']').toString()));
    return parts;
  }

  private static Map<String, Integer> counts(List<ApiClient.Answer> answers) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    for (ApiClient.Answer answer : answers) {
      Map<String, @Nullable Object> said = answer.object();
      for (String kind : KINDS) {
        if (said.get(kind) instanceof Number number) {
          counts.merge(kind, number.intValue(), Integer::sum);
        }
      }
    }
    return counts;
  }

  private static int machines(Map<String, Integer> counts) {
    return counts.getOrDefault("created", 0)
        + counts.getOrDefault("changed", 0)
        + counts.getOrDefault("removed", 0);
  }

  private static String told(Map<String, Integer> counts) {
    return String.join(
        ", ", KINDS.stream().map(kind -> counts.getOrDefault(kind, 0) + " " + kind).toList());
  }

  /** Prints what the server would do, machine by machine and field by field. */
  private void show(ApiClient.Answer plan) throws IOException {
    if (json) {
      spec.commandLine().getOut().println(plan.text());
      spec.commandLine().getOut().flush();
      return;
    }
    for (Map<String, @Nullable Object> change : plan.objects("changes")) {
      String kind = String.valueOf(change.get("change"));
      printLine(
          kind.equals("created") ? "+" : kind.equals("removed") ? "-" : "~", "", change.get("id"));
      if (change.get("fields") instanceof List<?> fields) {
        fields.forEach(each -> printField(ApiClient.map(each)));
      }
    }
    Object more = plan.object().get("changes_left_out");
    if (more instanceof Number number && number.intValue() > 0) {
      say("… and " + number + " machines more");
    }
    for (Map<String, @Nullable Object> kept : plan.objects("kept")) {
      printLine("!", "", kept.get("id") + " is kept: " + kept.get("why"));
    }
    spec.commandLine().getOut().flush();
  }

  private boolean isColoured() {
    return color == Color.always || (color == Color.auto && CommandLine.Help.Ansi.AUTO.enabled());
  }

  private void printField(Map<String, @Nullable Object> field) {
    Object from = field.get("from");
    Object to = field.get("to");
    String name = field.get("field") + ": ";
    if (from == null) {
      printLine("+", "    ", name + (to == null ? "" : to));
    } else if (to == null) {
      printLine("-", "    ", name + from);
    } else {
      printLine("~", "    ", name + from + " -> " + to);
    }
  }

  private void printLine(String sign, String indent, @Nullable Object text) {
    // The text comes from the server; control characters would act on the terminal.
    String shown = String.valueOf(text).replace("\n", "\\n").replaceAll("\\p{Cntrl}", "?");
    String line = indent + sign + " " + shown;
    String colour = sign.equals("+") ? GREEN : sign.equals("-") ? RED : YELLOW;
    spec.commandLine().getOut().println(isColoured() ? colour + line + PLAIN : line);
  }

  private void say(String line) {
    if (!json) {
      spec.commandLine().getOut().println(line);
      spec.commandLine().getOut().flush();
    }
  }

  private boolean isAgreed(Map<String, Integer> counts) {
    Console console = paths.contains("-") ? null : Terminal.console();
    if (console == null) {
      return false;
    }
    String answer =
        console.readLine("Remove %d machines? [y/N] ", counts.getOrDefault("removed", 0));
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }
}
