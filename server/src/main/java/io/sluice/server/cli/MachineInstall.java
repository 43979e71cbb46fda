package io.sluice.server.cli;

import io.sluice.server.boot.Profile;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code sluice machine install} and {@code cancel}, each for one machine or many. */
final class MachineInstall {
  private MachineInstall() {}

  /** A command that sends one request for each of several machines. */
  private abstract static class ForEachMachine extends RemoteCommand {
    /** Requests that are open at the same time. */
    private static final int AT_ONCE = 8;

    @Parameters(paramLabel = "ID", arity = "0..*", description = "ids or MAC addresses")
    private List<String> ids = List.of();

    @Option(names = "--tag", description = "every machine with this tag; may be repeated")
    private List<String> tags = List.of();

    /** Sends the request for one machine. */
    abstract ApiClient.Answer one(String id) throws IOException;

    @Override
    final void run() throws IOException {
      if (ids.isEmpty() && tags.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), "ID: none given (expected: at least one, or --tag)");
      }
      if (ids.size() == 1 && tags.isEmpty()) {
        MachineCommand.printOne(this, one(ids.get(0)));
        return;
      }
      Set<String> all = new LinkedHashSet<>(ids);
      for (String tag : tags) {
        all.addAll(tagged(tag));
      }
      int failed = sendAll(all);
      if (failed > 0) {
        throw new IOException(failed + " of " + all.size() + " machines: refused, see above");
      }
    }

    /**
     * Sends several requests at once, because the server may wait a second for other servers before
     * it answers; prints the answers in the order of the machines.
     */
    private int sendAll(Set<String> all) throws IOException {
      ExecutorService requests = Executors.newFixedThreadPool(AT_ONCE);
      try {
        Map<String, Future<ApiClient.Answer>> answers = new LinkedHashMap<>();
        all.forEach(id -> answers.put(id, requests.submit(() -> one(id))));
        int failed = 0;
        for (Map.Entry<String, Future<ApiClient.Answer>> answer : answers.entrySet()) {
          try {
            print(answer.getKey(), answer.getValue().get());
          } catch (ExecutionException e) {
            reportRefusal(answer.getKey(), e.getCause());
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

    private void reportRefusal(String id, @Nullable Throwable cause) throws IOException {
      if (!(cause instanceof ApiClient.Refusal refusal)) {
        throw cause instanceof IOException away ? away : new IOException(id + ": " + cause, cause);
      }
      warn(id + ": " + message(refusal));
    }

    private void print(String id, ApiClient.Answer answer) throws IOException {
      print(
          answer,
          machine -> {
            Map<String, @Nullable Object> installation = ApiClient.map(machine.get("installation"));
            String values =
                Stream.of(
                        installation.getOrDefault("state", "none"),
                        installation.get("profile"),
                        installation.get("image"))
                    .filter(Objects::nonNull)
                    .map(String::valueOf)
                    .collect(Collectors.joining(" "));
            out().println(id + ": " + values);
          });
    }

    private Set<String> tagged(String tag) throws IOException {
      Set<String> found = new LinkedHashSet<>();
      forEachPage(
          "/machines",
          ApiClient.parameter("tag", tag),
          page ->
              page.objects("machines")
                  .forEach(machine -> found.add(String.valueOf(machine.get("id")))));
      if (found.isEmpty()) {
        throw new IOException("--tag: " + tag + " (expected: a tag that a machine has)");
      }
      return found;
    }
  }

  @Command(
      name = "install",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Sets machines to be installed: from their next boot on, until there is proof.",
        "Those that are refused are named, and the others are set all the same."
      })
  static final class Install extends ForEachMachine {
    @Option(names = "--image", description = "what is installed (default: the machine's own)")
    private @Nullable String image;

    @Option(names = "--profile", description = "whose script installs (default: install)")
    private @Nullable String profile;

    @Option(names = "--proof", description = "report or bytes (default: what the profile says)")
    private @Nullable String proof;

    @Option(
        names = "--timeout",
        paramLabel = "TIME",
        description = "such as 90m or 4h (default: what the profile says)")
    private @Nullable String timeout;

    @Option(names = "--attempts", description = "how many scripts at most; 0 is no bound")
    private @Nullable Integer attempts;

    @Option(
        names = "--same-address",
        description = "hand out scripts only to the address that asks first")
    private boolean sameAddress;

    @Option(names = "--force", description = "though the profile or the image is not there yet")
    private boolean force;

    @Override
    ApiClient.Answer one(String id) throws IOException {
      Map<String, @Nullable Object> terms = new LinkedHashMap<>();
      terms.put("image", image);
      terms.put("profile", profile);
      terms.put("proof", proof);
      terms.put("timeout_seconds", seconds());
      terms.put("attempts", attempts);
      terms.put("same_address", sameAddress ? Boolean.TRUE : null);
      terms.values().removeIf(Objects::isNull);
      return server.post(
          MachineCommand.path(id) + "/install" + (force ? "?force=true" : ""), terms);
    }

    private @Nullable Long seconds() {
      String text = timeout;
      return text == null
          ? null
          : Profile.span(text)
              .map(Duration::toSeconds)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--timeout: " + text + " (expected: a time such as 90m or 4h)"));
    }
  }

  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description =
          "Takes installations back; when this returns, no server hands out their scripts.")
  static final class Cancel extends ForEachMachine {
    @Override
    ApiClient.Answer one(String id) throws IOException {
      return server.post(MachineCommand.path(id) + "/cancel", Map.of());
    }
  }
}
