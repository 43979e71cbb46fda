package io.sluice.server.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice boot-files}: the loaders that firmware loads first. */
@Command(
    name = "boot-files",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Puts iPXE from the distribution's package into boot/ of the root, for HTTP Boot and for TFTP.",
      "The package is fetched when it is not installed; nothing is installed. What is there already",
      "and the same stays as it is; what is not is exchanged at once for whoever is loading it."
    })
public final class BootFilesCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Mixin private ServedFolder root = new ServedFolder();

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description = "iPXE's files, where you have built your own")
  private @Nullable Path from;

  @Option(
      names = "--tftp-root",
      paramLabel = "DIR",
      description = "put them there, too, for a TFTP server with a folder of its own")
  private @Nullable Path tftpRoot;

  public BootFilesCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    Path folder = root.path(environment).resolve("boot");
    List<Path> folders = tftpRoot == null ? List.of(folder) : List.of(folder, tftpRoot);
    List<String> arguments = new ArrayList<>();
    if (from != null) {
      arguments.addAll(List.of("--from", from.toAbsolutePath().toString()));
    }
    folders.forEach(each -> arguments.add(each.toAbsolutePath().toString()));
    try (BundledScripts scripts =
        BundledScripts.of("/io/sluice/server/dhcp/", List.of("boot-files.sh"))) {
      return scripts.run("boot-files.sh", Map.of(), arguments) == 0 ? 0 : 1;
    }
  }
}
