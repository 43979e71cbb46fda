package io.sluice.server.cli;

import io.sluice.server.boot.Profile;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code sluice machine install}, {@code cancel} and {@code complete}. */
final class MachineInstall {
  private MachineInstall() {}

  @Command(
      name = "install",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Sets machines to be installed: from their next boot on, until there is proof.",
        "Those that are refused are named, and the others are set all the same."
      })
  static final class Install extends MachinesNamed {
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
    ServerConnection.Answer one(String id) throws IOException {
      Map<String, @Nullable Object> terms = new LinkedHashMap<>();
      put(terms, "image", image);
      put(terms, "profile", profile);
      put(terms, "proof", proof);
      put(terms, "timeout_seconds", seconds());
      put(terms, "attempts", attempts);
      put(terms, "same_address", sameAddress ? Boolean.TRUE : null);
      return server.post(MachineView.path(id) + "/install" + (force ? "?force=true" : ""), terms);
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

    private static void put(
        Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
      if (value != null) {
        fields.put(name, value);
      }
    }
  }

  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description =
          "Takes installations back; when this returns, no server hands out their scripts.")
  static final class Cancel extends MachinesNamed {
    @Override
    ServerConnection.Answer one(String id) throws IOException {
      return server.post(MachineView.path(id) + "/cancel", Map.of());
    }
  }

  @Command(
      name = "complete",
      mixinStandardHelpOptions = true,
      description = "Says that a machine is installed, when it cannot say so itself.")
  static final class Complete extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      printMachine(server.post(MachineView.path(id) + "/complete", Map.of()));
    }
  }
}
