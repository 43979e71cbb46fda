package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** A command that does something to each of several machines, one after the other. */
abstract class MachinesNamed extends RemoteCommand {
  /** Requests to a server at the same time. */
  private static final int AT_ONCE = 8;

  @Parameters(paramLabel = "ID", arity = "0..*", description = "ids or MAC addresses")
  private List<String> ids = List.of();

  @Option(names = "--tag", description = "every machine with this tag; may be repeated")
  private List<String> tags = List.of();

  /** Does it to one machine. */
  abstract ServerConnection.Answer one(String id) throws IOException;

  @Override
  final void run() throws IOException {
    if (ids.isEmpty() && tags.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "ID: none given (expected: at least one, or --tag)");
    }
    if (ids.size() == 1 && tags.isEmpty()) {
      printMachine(one(ids.get(0)));
      return;
    }
    Set<String> all = new LinkedHashSet<>(ids);
    for (String tag : tags) {
      all.addAll(tagged(tag));
    }
    int failed = each(all);
    if (failed > 0) {
      throw new IOException(failed + " of " + all.size() + " machines: refused, see above");
    }
  }

  /** Some at once, because a server may wait a second for the others; told in their order. */
  private int each(Set<String> all) throws IOException {
    ExecutorService requests = Executors.newFixedThreadPool(AT_ONCE);
    try {
      Map<String, Future<ServerConnection.Answer>> answers = new LinkedHashMap<>();
      all.forEach(id -> answers.put(id, requests.submit(() -> one(id))));
      int failed = 0;
      for (Map.Entry<String, Future<ServerConnection.Answer>> answer : answers.entrySet()) {
        try {
          told(answer.getKey(), answer.getValue().get());
        } catch (ExecutionException e) {
          refused(answer.getKey(), e.getCause());
          failed++;
        }
      }
      return failed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      requests.shutdownNow();
    }
  }

  private void refused(String id, @Nullable Throwable cause) throws IOException {
    if (!(cause instanceof ServerConnection.Refusal refusal)) {
      throw cause instanceof IOException away ? away : new IOException(id + ": " + cause, cause);
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(id + ": " + RefusedOption.told(spec, refusal));
    err.flush();
  }

  private void told(String id, ServerConnection.Answer answer) throws IOException {
    if (json) {
      out().println(answer.text());
    } else {
      Map<String, @Nullable Object> installation =
          ServerConnection.map(answer.object().get("installation"));
      Map<String, @Nullable Object> line = new LinkedHashMap<>();
      line.put("state", installation.getOrDefault("state", "none"));
      line.put("profile", installation.get("profile"));
      line.put("image", installation.get("image"));
      line.values().removeIf(value -> value == null);
      out()
          .println(
              id + ": " + String.join(" ", line.values().stream().map(String::valueOf).toList()));
    }
    out().flush();
  }

  private Set<String> tagged(String tag) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    String after = "";
    do {
      ServerConnection.Answer page =
          server.get("/machines?limit=1000&after=" + after + "&tag=" + ServerConnection.part(tag));
      for (Map<String, @Nullable Object> machine : page.objects("machines")) {
        found.add(String.valueOf(machine.get("id")));
      }
      after = page.object().get("next") instanceof String next ? ServerConnection.part(next) : "";
    } while (!after.isEmpty());
    if (found.isEmpty()) {
      throw new IOException("--tag: " + tag + " (expected: a tag that a machine has)");
    }
    return found;
  }
}
