package io.sluice.server;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice machine put} and {@code set}: what is known of a machine. */
final class MachineChange {
  private MachineChange() {}

  /** The fields of a machine as options. */
  static final class Given {
    @Option(names = "--mac", description = "address of a network card; may be repeated")
    private List<String> macs = List.of();

    @Option(names = "--uuid", description = "of the mainboard")
    private @Nullable String uuid;

    @Option(names = "--serial", description = "serial number")
    private @Nullable String serial;

    @Option(names = "--hostname", description = "what it is to be called")
    private @Nullable String hostname;

    @Option(names = "--arch", description = "x86_64 or aarch64")
    private @Nullable String arch;

    @Option(names = "--tag", description = "for rules and templates; may be repeated")
    private List<String> tags = List.of();

    @Option(
        names = "--var",
        paramLabel = "NAME=VALUE",
        description = "for templates; may be repeated")
    private Map<String, String> vars = Map.of();

    @Option(
        names = "--secret",
        paramLabel = "NAME=VALUE",
        description = "the same, shown to nobody without the token")
    private Map<String, String> secrets = Map.of();

    @Option(names = "--profile", description = "what it boots when it is not being installed")
    private @Nullable String profile;

    @Option(names = "--image", description = "what is installed on it")
    private @Nullable String image;

    @Option(names = "--force", description = "though the profile or the image is not there yet")
    private boolean force;

    String query() {
      return force ? "?force=true" : "";
    }

    String document() throws IOException {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      put(fields, "macs", macs.isEmpty() ? null : macs);
      put(fields, "uuid", uuid);
      put(fields, "serial", serial);
      put(fields, "hostname", hostname);
      put(fields, "arch", arch);
      put(fields, "tags", tags.isEmpty() ? null : tags);
      put(fields, "vars", vars.isEmpty() ? null : vars);
      put(fields, "secrets", secrets.isEmpty() ? null : secrets);
      put(fields, "profile", profile);
      put(fields, "image", image);
      return JSON.std.asString(fields);
    }

    private static void put(
        Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
      if (value != null) {
        fields.put(name, value);
      }
    }
  }

  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Makes a machine, or replaces all that is known of one; its installation stays.")
  static final class Put extends MachineCommand.Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Mixin private Given given = new Given();

    @Override
    void run() throws IOException {
      MachineCommand.printOne(
          this,
          server.send(
              "PUT",
              MachineCommand.path(id) + given.query(),
              "application/json",
              given.document()));
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Changes what is given of a machine, and nothing else; empty text removes it.")
  static final class Change extends MachineCommand.Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Mixin private Given given = new Given();

    @Override
    void run() throws IOException {
      MachineCommand.printOne(
          this,
          server.send(
              "PATCH",
              MachineCommand.path(id) + given.query(),
              "application/merge-patch+json",
              given.document()));
    }
  }
}
