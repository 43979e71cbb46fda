package io.sluice.server.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice profile}: the profiles of a running server. */
@Command(
    name = "profile",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Profiles of a running server.",
    subcommands = {ProfileCommand.ListAll.class, ProfileCommand.Render.class})
public final class ProfileCommand implements Callable<Integer> {
  private static final int BAD_USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_USAGE;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists profiles, and what is wrong with them.")
  static final class ListAll extends RemoteCommand {
    @Override
    void run() throws IOException {
      ApiClient.Answer answer = server.get("/profiles");
      TextTable table = new TextTable("name", "forms", "shipped", "installs", "problems");
      answer.objects("profiles").forEach(table::add);
      print(answer, unused -> table.print(out()));
      if (!json && answer.object().get("rule_problems") instanceof Iterable<?> problems) {
        problems.forEach(out()::println);
        out().flush();
      }
    }
  }

  @Command(
      name = "render",
      mixinStandardHelpOptions = true,
      description = "Prints the script a machine would get, without booting it.")
  static final class Render extends RemoteCommand {
    private static final String NO_TOKEN = "preview-no-token";

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Option(names = "--machine", paramLabel = "ID", description = "for this machine")
    private String machine = "";

    @Option(names = "--image", description = "as if this were to be installed")
    private String image = "";

    @Option(
        names = "--form",
        defaultValue = "ipxe",
        description = "ipxe, pxelinux or grub (default: ipxe)")
    private String form = "";

    @Override
    void run() throws IOException {
      String script =
          server
              .get(
                  "/profiles/"
                      + ApiClient.encode(name)
                      + "/render?"
                      + ApiClient.parameter("form", form)
                      + ApiClient.parameter("machine", machine)
                      + ApiClient.parameter("image", image))
              .text();
      out().print(script);
      if (script.contains(NO_TOKEN)) {
        warn("no installation is open: " + NO_TOKEN + " stands for the token, and is none");
      }
      out().flush();
    }
  }
}
