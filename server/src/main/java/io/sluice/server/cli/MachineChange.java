package io.sluice.server.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.machines.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    @Option(
        names = "--ssh-key",
        paramLabel = "FILE|KEY",
        description = "public key of who may log in to what is installed; may be repeated")
    private List<String> sshKeys = List.of();

    @Option(
        names = "--disk",
        paramLabel = "RULE",
        description =
            "which disk is written to, such as smallest or \"transport=nvme size>=500G\" (default:"
                + " the only one)")
    private @Nullable String disk;

    @Option(names = "--force", description = "though the profile or the image is not there yet")
    private boolean force;

    String query() {
      return force ? "?force=true" : "";
    }

    Map<String, @Nullable Object> fields() throws IOException {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("macs", macs.isEmpty() ? null : macs);
      fields.put("uuid", uuid);
      fields.put("serial", serial);
      fields.put("hostname", hostname);
      fields.put("arch", arch);
      fields.put("tags", tags.isEmpty() ? null : tags);
      fields.put("vars", vars.isEmpty() ? null : vars);
      fields.put("secrets", secrets.isEmpty() ? null : secrets);
      fields.put("profile", profile);
      fields.put("image", image);
      fields.put("ssh_keys", sshKeys.isEmpty() ? null : keys());
      fields.put("disk", disk);
      fields.values().removeIf(Objects::isNull);
      return fields;
    }

    /** Each is a key, or a file of keys with a line for each. */
    private List<String> keys() throws IOException {
      List<String> keys = new ArrayList<>();
      for (String each : sshKeys) {
        if (each.contains(" ")) {
          keys.add(each);
        } else {
          Files.readAllLines(Path.of(each)).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .forEach(keys::add);
        }
      }
      return keys;
    }
  }

  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Makes a machine, or replaces all that is known of one; its installation stays.")
  static final class Put extends MachineCommand.OneMachine {
    @Mixin private Given given = new Given();

    @Override
    void run() throws IOException {
      MachineCommand.printOne(
          this,
          server.send(
              "PUT",
              MachineCommand.path(id) + given.query(),
              "application/json",
              JSON.std.asString(given.fields())));
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Changes what is given of a machine, and nothing else; empty text removes it.",
        "--mac and --tag replace all there are; --add-… and --remove-… change some of them."
      })
  static final class Change extends MachineCommand.OneMachine {
    /** How often the change is tried while other clients change the same machine. */
    private static final int MOST_TRIES = 5;

    private static final int PRECONDITION_FAILED = 412;

    @Mixin private Given given = new Given();

    @Option(names = "--add-mac", paramLabel = "MAC", description = "beside those it has")
    private List<String> addedMacs = List.of();

    @Option(names = "--remove-mac", paramLabel = "MAC", description = "of those it has")
    private List<String> removedMacs = List.of();

    @Option(names = "--add-tag", paramLabel = "TAG", description = "beside those it has")
    private List<String> addedTags = List.of();

    @Option(names = "--remove-tag", paramLabel = "TAG", description = "of those it has")
    private List<String> removedTags = List.of();

    @Option(names = "--unset-var", paramLabel = "NAME", description = "remove a variable")
    private List<String> unsetVars = List.of();

    @Option(names = "--unset-secret", paramLabel = "NAME", description = "remove a secret")
    private List<String> unsetSecrets = List.of();

    @Override
    void run() throws IOException {
      for (int i = 1; ; i++) {
        try {
          MachineCommand.printOne(this, changed());
          return;
        } catch (ApiClient.Refusal refused) {
          if (refused.status() != PRECONDITION_FAILED || i == MOST_TRIES) {
            throw refused;
          }
        }
      }
    }

    private ApiClient.Answer changed() throws IOException {
      ApiClient.Answer now = server.get(MachineCommand.path(id));
      Map<String, @Nullable Object> machine = now.object();
      Map<String, @Nullable Object> patch = given.fields();
      edit(patch, machine, "macs", addedMacs, removedMacs);
      edit(patch, machine, "tags", addedTags, removedTags);
      unset(patch, machine, "vars", "--unset-var", unsetVars);
      unset(patch, machine, "secrets", "--unset-secret", unsetSecrets);
      String body = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(patch);
      return server.send(
          "PATCH",
          MachineCommand.path(id) + given.query(),
          "application/merge-patch+json",
          body,
          now.etag());
    }

    /** Puts the whole edited list into the patch, because a merge patch replaces a list. */
    private static void edit(
        Map<String, @Nullable Object> patch,
        Map<String, @Nullable Object> machine,
        String field,
        List<String> added,
        List<String> removed)
        throws IOException {
      if (added.isEmpty() && removed.isEmpty()) {
        return;
      }
      Object base = patch.containsKey(field) ? patch.get(field) : machine.get(field);
      List<String> list = new ArrayList<>();
      if (base instanceof List<?> there) {
        there.forEach(each -> list.add(String.valueOf(each)));
      }
      for (String each : removed) {
        if (!list.removeIf(own -> same(field, own, each))) {
          throw unknown("--remove-" + field.substring(0, 3), each, field, list);
        }
      }
      for (String each : added) {
        if (list.stream().noneMatch(own -> same(field, own, each))) {
          list.add(each);
        }
      }
      patch.put(field, list);
    }

    private static IOException unknown(
        String option, String value, String field, Collection<String> known) {
      String all = String.join(", ", known);
      return new IOException(
          option + ": " + value + " (expected: one of its " + field + ": " + all + ")");
    }

    private static boolean same(String field, String own, String typed) {
      return field.equals("macs")
          ? MacAddress.parse(own).equals(MacAddress.parse(typed))
          : own.equals(typed);
    }

    private static void unset(
        Map<String, @Nullable Object> patch,
        Map<String, @Nullable Object> machine,
        String field,
        String option,
        List<String> names)
        throws IOException {
      if (names.isEmpty()) {
        return;
      }
      Map<String, @Nullable Object> there = ApiClient.map(machine.get(field));
      Map<String, @Nullable Object> vars = ApiClient.map(patch.get(field));
      for (String name : names) {
        if (!there.containsKey(name)) {
          throw unknown(option, name, field, there.keySet());
        }
        vars.put(name, null);
      }
      patch.put(field, vars);
    }
  }
}
