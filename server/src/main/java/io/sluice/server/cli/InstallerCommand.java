package io.sluice.server.cli;

import io.sluice.server.machines.Architecture;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice installer}: what machines boot that install themselves. */
@Command(
    name = "installer",
    mixinStandardHelpOptions = true,
    description = "The installer that machines boot.",
    synopsisSubcommandLabel = "COMMAND")
public final class InstallerCommand implements Callable<Integer> {
  private static final List<String> SCRIPTS =
      Stream.concat(
              Stream.of(
                  "build.sh", "initramfs/hook", "initramfs/script", "initramfs/initramfs.conf"),
              Stream.of(
                      "agent", "say", "network", "lease", "job", "disk", "fetch", "write", "verify",
                      "report", "repair", "seed", "rescue", "finish")
                  .map(name -> "agent/" + name + ".sh"))
          .toList();

  /** What {@code build.sh} reads. */
  private static final List<String> NAMES =
      List.of(
          "SUITE",
          "MIRROR",
          "KERNEL",
          "MODULES",
          "PACKAGES",
          "FILES",
          "SSH_KEYS",
          "IMAGE",
          "SERVER");

  private final Map<String, String> environment;
  @Spec private CommandSpec spec = CommandSpec.create();

  public InstallerCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * What {@code build.sh} finds in its environment when nothing else is asked for.
   *
   * @param out the folder that gets the kernel and the initramfs
   */
  public static Map<String, String> standard(String arch, Path out) {
    Map<String, String> wanted = new LinkedHashMap<>();
    for (String name : NAMES) {
      wanted.put(name, "");
    }
    wanted.put("ARCH", arch);
    wanted.put("OUT", out.toAbsolutePath().toString());
    return wanted;
  }

  /** {@code build.sh}, which says what its environment means, and what it needs. */
  public static BundledScripts scripts() throws IOException {
    return BundledScripts.of("/io/sluice/server/installer/", SCRIPTS);
  }

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return 2;
  }

  @Command(
      name = "build",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Builds boot/ARCH/vmlinuz and initramfs of the root from packages of Debian or Ubuntu: their"
            + " kernel, its drivers, and the agent that writes disks.",
        "Needs mmdebstrap, and as another user than root also uidmap. The same packages give the"
            + " same bytes. Takes some two minutes."
      })
  Integer build(
      @Mixin ServedFolder root,
      @Option(names = "--arch", description = "x86_64 or aarch64 (default: x86_64)")
          @Nullable String arch,
      @Option(
              names = "--suite",
              description = "such as bookworm or noble (default: the one of this machine)")
          @Nullable String suite,
      @Option(
              names = "--mirror",
              paramLabel = "URL",
              description =
                  "where packages come from (default: deb.debian.org, with its security updates)")
          @Nullable String mirror,
      @Option(
              names = "--kernel",
              paramLabel = "PACKAGE",
              description = "such as linux-image-cloud-amd64 (default: the kernel of the suite)")
          @Nullable String kernel,
      @Option(
              names = "--add-module",
              paramLabel = "NAME",
              description = "of the kernel, beside all that drive network cards and disks")
          @Nullable List<String> modules,
      @Option(
              names = "--add-package",
              paramLabel = "NAME",
              description =
                  "such as firmware-bnx2x, for a card that needs it; from any component; may be"
                      + " repeated")
          @Nullable List<String> packages,
      @Option(
              names = "--add-file",
              paramLabel = "FILE[:PLACE]",
              description = "into the initramfs, such as a certificate; may be repeated")
          @Nullable List<String> files,
      @Option(
              names = "--ssh-key",
              paramLabel = "FILE",
              description = "public keys of who may log in as root while a machine is installed")
          @Nullable Path keys,
      @Option(
              names = "--secure-boot",
              description =
                  "also boot/installer.img, which UEFI HTTP Boot takes with Secure Boot on; needs"
                      + " mtools, dosfstools and --server")
          boolean secureBoot,
      @Option(
              names = "--server",
              paramLabel = "URL",
              description = "which machines ask that have started boot/installer.img")
          @Nullable String server)
      throws Exception {
    Path place = root.path(environment);
    String name = arch == null ? "x86_64" : arch;
    String known =
        Architecture.parse(name).orElseThrow(() -> wrong("--arch", name, Architecture.EXPECTED));
    if (secureBoot && !isUrl(server)) {
      throw wrong(
          "--server", server == null ? "missing" : server, "a URL such as http://10.1.0.1:8080");
    }
    for (String module : modules == null ? List.<String>of() : modules) {
      if (!module.matches("[A-Za-z0-9_-]+")) {
        throw wrong("--add-module", module, "the name of a module");
      }
    }
    for (String each : packages == null ? List.<String>of() : packages) {
      if (!each.matches("[a-z0-9][a-z0-9+.-]+")) {
        throw wrong("--add-package", each, "the name of a package");
      }
    }
    if (keys != null && !Files.isReadable(keys)) {
      throw new NoSuchFileException(keys.toString());
    }
    try (BundledScripts scripts = scripts()) {
      Map<String, String> wanted = standard(known, place.resolve("boot").resolve(known));
      wanted.put("SUITE", suite == null ? "" : suite);
      wanted.put("MIRROR", mirror == null ? "" : mirror);
      wanted.put("KERNEL", kernel == null ? "" : kernel);
      wanted.put("MODULES", modules == null ? "" : String.join(" ", modules));
      wanted.put("PACKAGES", packages == null ? "" : String.join(",", packages));
      wanted.put("FILES", files == null ? "" : staged(scripts.folder(), files));
      wanted.put("SSH_KEYS", keys == null ? "" : keys.toAbsolutePath().toString());
      wanted.put(
          "IMAGE",
          secureBoot ? place.resolve("boot/installer.img").toAbsolutePath().toString() : "");
      wanted.put("SERVER", server == null ? "" : server);
      return scripts.run("build.sh", wanted, List.of()) == 0 ? 0 : 1;
    }
  }

  private static boolean isUrl(@Nullable String text) {
    return text != null
        && text.matches("https?://[^/\\s'\"]+/?")
        && URI.create(text).getHost() != null;
  }

  /** The files of the operator in a folder as they are to stand in the initramfs. */
  private String staged(Path folder, List<String> files) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("files"));
    for (String each : files) {
      int colon = each.indexOf(':');
      Path from = Path.of(colon < 0 ? each : each.substring(0, colon));
      String to = colon < 0 ? "/" + from.getFileName() : each.substring(colon + 1);
      Path place = tree.resolve(to.replaceFirst("^/+", "")).normalize();
      if (!place.startsWith(tree) || place.equals(tree)) {
        throw wrong("--add-file", each, "FILE, or FILE:PLACE with a place in the initramfs");
      }
      Files.createDirectories(place.getParent());
      copy(from, place);
    }
    return tree.toString();
  }

  /** A file, or a folder with all that is in it; links as what they lead to. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from, FileVisitOption.FOLLOW_LINKS)) {
      for (Path each : all.toList()) {
        Path place = to.resolve(from.relativize(each).toString());
        if (!Files.isDirectory(place)) {
          Files.copy(each, place, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private ParameterException wrong(String option, String value, String expected) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " (expected: " + expected + ")");
  }
}
