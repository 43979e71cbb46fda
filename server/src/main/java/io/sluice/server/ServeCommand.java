package io.sluice.server;

import io.sluice.server.config.ConfigSources;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.Setting;
import io.sluice.server.demo.DemoRoot;
import io.sluice.server.demo.DemoVm;
import io.sluice.server.os.Capabilities;
import io.sluice.server.os.Capability;
import io.sluice.server.os.FileNames;
import io.sluice.server.schedule.Transport;
import io.sluice.server.tls.CertificateKeeper;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code sluice serve} and {@code sluice demo}, which is the same with a root made for the
 * occasion.
 */
final class ServeCommand {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private ServeCommand() {}

  static CommandLine serve(Map<String, String> environment, Signals signals) {
    return withSettings(new Serve(environment, signals), true);
  }

  static CommandLine demo(Map<String, String> environment, Signals signals) {
    return withSettings(new Demo(environment, signals), false);
  }

  /** Adds an option for each setting, so that the table of settings is the only list of them. */
  private static CommandLine withSettings(Object command, boolean withRoot) {
    CommandLine commandLine = new CommandLine(command);
    CommandSpec spec = commandLine.getCommandSpec();
    for (Setting setting : Setting.values()) {
      if (setting != Setting.ROOT || withRoot) {
        String standard =
            setting.defaultValue().isEmpty() ? "" : " (default: " + setting.defaultValue() + ")";
        spec.addOption(
            OptionSpec.builder(setting.option())
                .type(String.class)
                .paramLabel(setting.parameter())
                .description(setting.meaning().replace("%", "%%") + standard)
                .build());
      }
    }
    spec.addOption(
        OptionSpec.builder("--config")
            .type(String.class)
            .paramLabel("FILE")
            .description("lines of SETTING=VALUE, such as metrics-listen=off")
            .build());
    return commandLine;
  }

  private static ServerConfig config(
      CommandSpec spec, Map<String, String> environment, @Nullable Path root) throws Exception {
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      OptionSpec option = spec.findOption(setting.option());
      String value = option == null ? null : option.getValue();
      if (value != null) {
        given.put(setting, value);
      }
    }
    if (root != null) {
      given.put(Setting.ROOT, root.toString());
    }
    String file = spec.findOption("--config").getValue();
    return ConfigSources.read(given, file, environment);
  }

  private static void announce(ImageServer server, ServerConfig config) {
    FileNames.warning().ifPresent(LOG::warn);
    String imagePort = ListenAddress.ofImages(config).url(server.address());
    LOG.info("image port: {} serves {}", imagePort, config.root());
    Optional<InetSocketAddress> metrics = server.metricsAddress();
    ListenAddress.ofMetrics(config)
        .flatMap(port -> metrics.map(port::url))
        .ifPresent(url -> LOG.info("metrics port: {}metrics", url));
    server
        .secureAddress()
        .flatMap(at -> ListenAddress.ofImagesWithTls(config).map(port -> port.url(at)))
        .ifPresent(url -> LOG.info("image port with TLS: {}", url));
    server
        .secureMetricsAddress()
        .flatMap(at -> ListenAddress.ofMetricsWithTls(config).map(port -> port.url(at)))
        .ifPresent(url -> LOG.info("metrics port with TLS: {}metrics", url));
    LOG.info(
        "this machine: {}",
        Stream.of(Capabilities.arrange(), capabilities(server.transport()), ofTls(config))
            .flatMap(List::stream)
            .map(Capability::toString)
            .collect(Collectors.joining(", ")));
  }

  private static List<Capability> capabilities(Transport transport) {
    String remedy = "--transport epoll, on Linux";
    return List.of(
        new Capability("epoll", transport == Transport.EPOLL, remedy),
        new Capability("packet pacing", transport.canPace(), remedy),
        new Capability("moving connections", transport.canMoveConnections(), remedy));
  }

  private static List<Capability> ofTls(ServerConfig config) {
    return config.tls().isEmpty()
        ? List.of()
        : List.of(
            new Capability(
                "BoringSSL",
                CertificateKeeper.isNative(),
                "Linux on x86_64 or aarch64 with glibc, and a folder for temporary files where"
                    + " libraries may be run; TLS of the JDK is used, which costs more"));
  }

  @Command(
      name = "serve",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Serves the files of a root until SIGTERM or SIGINT.",
        "Every option can also be given as an environment variable (--metrics-listen is"
            + " SLUICE_METRICS_LISTEN) or as a line of the file named by --config"
            + " (metrics-listen=...). The command line wins, then the environment, then the file."
      })
  private static final class Serve implements Callable<Integer> {
    private final Map<String, String> environment;
    private final Signals signals;
    @Spec private CommandSpec spec = CommandSpec.create();

    Serve(Map<String, String> environment, Signals signals) {
      this.environment = environment;
      this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
      ServerConfig config = config(spec, environment, null);
      ImageServer server = ImageServer.start(config);
      announce(server, config);
      server.warmUp();
      signals.await(server, config.drain());
      return 0;
    }
  }

  @Command(
      name = "demo",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Makes a small root in a temporary directory, serves it and prints URLs to try."
              + " The directory is deleted at the end.")
  private static final class Demo implements Callable<Integer> {
    private final Map<String, String> environment;
    private final Signals signals;
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
        names = "--vm",
        description =
            "also switch on a virtual machine that installs itself from it, on this terminal; needs"
                + " QEMU, and the first time minutes to make what it boots"
                + " (SLUICE_VM_ACCEL=tcg does without KVM)")
    private boolean vm;

    Demo(Map<String, String> environment, Signals signals) {
      this.environment = environment;
      this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
      try (DemoRoot root = DemoRoot.make()) {
        DemoVm machine = new DemoVm(root, environment);
        if (vm) {
          machine.prepare(spec.commandLine().getErr());
          // The terminal is the machine's.
          OptionSpec log = spec.findOption(Setting.ACCESS_LOG.option());
          if (log.getValue() == null) {
            log.setValue("off");
          }
        }
        ServerConfig config = config(spec, environment, root.path());
        ImageServer server = ImageServer.start(config);
        announce(server, config);
        String url = ListenAddress.ofImages(config).urlToTry(server.address());
        spec.commandLine().getErr().println(vm ? machine.introduction(url) : root.thingsToTry(url));
        server.warmUp();
        Process running = vm ? machine.powerOn(server.address().getPort()) : null;
        if (running != null) {
          running.onExit().thenRun(signals::end);
        }
        signals.await(server, config.drain());
        if (running != null) {
          running.destroy();
          running.waitFor();
        }
      }
      return 0;
    }
  }
}
