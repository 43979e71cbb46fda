package io.sluice.server.cli;

import io.sluice.server.boot.template.Escaping;
import io.sluice.server.boot.template.Scope;
import io.sluice.server.boot.template.Template;
import io.sluice.server.boot.template.TemplateException;
import io.sluice.server.boot.template.Vocabulary;
import io.sluice.server.config.ConfigSources;
import io.sluice.server.config.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice dhcp-config}: what sends machines to the server. */
@Command(
    name = "dhcp-config",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints a configuration of a DHCP server that sends machines to this one: BIOS, UEFI, UEFI HTTP"
          + " Boot, and iPXE told from all of those.",
      "It is for the network of one interface of this machine."
    })
public final class DhcpConfigCommand implements Callable<Integer> {
  private static final Vocabulary VOCABULARY =
      new Vocabulary(
          Set.of(
              "server",
              "address",
              "interface",
              "network",
              "mask",
              "subnet",
              "first",
              "last",
              "gateway",
              "dns",
              "proxy",
              "secure_boot",
              "tftp_root"),
          Set.of());

  /** Which DHCP server. */
  enum Kind {
    DNSMASQ,
    KEA,
    ISC
  }

  private final Map<String, String> environment;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "dnsmasq|kea|isc", description = "which DHCP server reads it")
  private Kind kind = Kind.DNSMASQ;

  @Option(
      names = "--interface",
      paramLabel = "NAME",
      description = "of this machine, where the others are (default: the only one there is)")
  private @Nullable String name;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "what machines call the server (default: that interface, port 8080)")
  private @Nullable String server;

  @Option(
      names = "--range",
      paramLabel = "FIRST-LAST",
      description = "addresses to give away (default: the upper half of the network)")
  private @Nullable String range;

  @Option(names = "--gateway", paramLabel = "ADDRESS", description = "the router (default: none)")
  private @Nullable String gateway;

  @Option(
      names = "--dns",
      paramLabel = "ADDRESS[,...]",
      description = "name servers (default: none)")
  private @Nullable String dns;

  @Option(
      names = "--proxy",
      description = "another server gives the addresses, this one only what to boot; dnsmasq only")
  private boolean proxy;

  @Option(
      names = "--secure-boot",
      description = "UEFI HTTP Boot gets boot/installer.img and not iPXE, which nobody has signed")
  private boolean secureBoot;

  @Option(
      names = "--tftp-root",
      paramLabel = "DIR",
      description = "the folder with iPXE's files (default: boot/ of the root)")
  private @Nullable String tftpRoot;

  @Option(names = "--root", paramLabel = "DIR", description = "what the server serves")
  private @Nullable String root;

  @Option(names = "--config", paramLabel = "FILE", description = "the settings of the server")
  private @Nullable String config;

  public DhcpConfigCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /** An IPv4 network as a number and the length of its prefix, with an address in it. */
  record Network(String device, long address, int prefix) {
    private static final long ALL = 0xffffffffL;

    long mask() {
      return ALL << (32 - prefix) & ALL;
    }

    long first() {
      return address & mask();
    }

    long last() {
      return first() | (~mask() & ALL);
    }

    /** Whether a machine may have this address. */
    boolean has(long candidate) {
      return candidate > first() && candidate < last();
    }

    static String text(long address) {
      return (address >> 24 & 255)
          + "."
          + (address >> 16 & 255)
          + "."
          + (address >> 8 & 255)
          + "."
          + (address & 255);
    }

    static Optional<Long> parse(String text) {
      String[] parts = text.split("\\.", -1);
      long address = 0;
      for (String part : parts) {
        if (!part.matches("\\d{1,3}") || Integer.parseInt(part) > 255) {
          return Optional.empty();
        }
        address = address << 8 | Integer.parseInt(part);
      }
      return parts.length == 4 ? Optional.of(address) : Optional.empty();
    }
  }

  @Override
  public Integer call() throws Exception {
    if (proxy && kind != Kind.DNSMASQ) {
      throw wrong("--proxy", kind.name().toLowerCase(Locale.ROOT), "dnsmasq");
    }
    Network network = network();
    String url = url(network);
    Scope.Builder scope = new Scope.Builder();
    scope.text("server", url);
    scope.text("address", Network.text(network.address()));
    scope.text("interface", network.device());
    scope.text("network", Network.text(network.first()));
    scope.text("mask", Network.text(network.mask()));
    scope.text("subnet", Network.text(network.first()) + "/" + network.prefix());
    range(scope, network);
    scope.text("gateway", gateway == null ? "" : addresses("--gateway", gateway));
    scope.text("dns", dns == null ? "" : addresses("--dns", dns));
    scope.text("proxy", proxy ? "yes" : "");
    scope.text("secure_boot", secureBoot ? "yes" : "");
    scope.text("tftp_root", loaders());
    spec.commandLine()
        .getOut()
        .print(template().render(scope.build(), Escaping.DOCUMENT, none -> Optional.empty()));
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** DHCP servers that cannot find the folder do not start. */
  private String loaders() throws Exception {
    String folder = tftpRoot();
    if (!Files.isRegularFile(Path.of(folder, "undionly.kpxe"))) {
      spec.commandLine()
          .getErr()
          .println(
              "sluice dhcp-config: "
                  + folder
                  + ": no undionly.kpxe there yet (expected: iPXE; sluice boot-files puts it there)");
    }
    return folder;
  }

  private String tftpRoot() throws Exception {
    if (tftpRoot != null) {
      return tftpRoot;
    }
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    if (root != null) {
      given.put(Setting.ROOT, root);
    }
    return ConfigSources.read(given, config, environment)
        .root()
        .resolve("boot")
        .toAbsolutePath()
        .normalize()
        .toString();
  }

  private Template template() throws IOException, TemplateException {
    String file = "/io/sluice/server/dhcp/" + kind.name().toLowerCase(Locale.ROOT) + ".conf";
    try (InputStream in = DhcpConfigCommand.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": not in the jar");
      }
      return Template.parse(
          file, new String(in.readAllBytes(), StandardCharsets.UTF_8), VOCABULARY);
    }
  }

  private void range(Scope.Builder scope, Network network) {
    long first = network.first() + (network.last() - network.first()) / 2 + 1;
    long last = network.last() - 1;
    if (range != null) {
      String[] ends = range.split("-", -1);
      Optional<Long> from = Network.parse(ends[0].strip());
      Optional<Long> to = ends.length == 2 ? Network.parse(ends[1].strip()) : Optional.empty();
      if (from.isEmpty()
          || to.isEmpty()
          || from.get() > to.get()
          || !network.has(from.get())
          || !network.has(to.get())) {
        throw wrong(
            "--range",
            range,
            "two addresses of "
                + Network.text(network.first())
                + "/"
                + network.prefix()
                + ", the lower one first, such as "
                + Network.text(first)
                + "-"
                + Network.text(last));
      }
      first = from.get();
      last = to.get();
    }
    scope.text("first", Network.text(first));
    scope.text("last", Network.text(last));
  }

  private String addresses(String option, String given) {
    List<String> all = List.of(given.split("\\s*,\\s*", -1));
    if (!all.stream().allMatch(each -> Network.parse(each).isPresent())) {
      throw wrong(option, given, "an address such as 10.1.0.1");
    }
    return String.join(kind == Kind.DNSMASQ ? "," : ", ", all);
  }

  private String url(Network network) {
    String text = server == null ? "http://" + Network.text(network.address()) + ":8080" : server;
    URI parsed = isUrl(text) ? URI.create(text) : null;
    if (parsed == null || parsed.getHost() == null) {
      throw wrong("--server", text, "a URL such as http://10.1.0.1:8080");
    }
    return text.replaceFirst("/+$", "");
  }

  private static boolean isUrl(String text) {
    return text.matches("https?://[A-Za-z0-9.:\\[\\]-]+/*");
  }

  private Network network() throws IOException {
    List<Network> all = networks();
    List<Network> meant =
        all.stream()
            .filter(each -> name == null ? !each.device().equals("lo") : each.device().equals(name))
            .filter(this::isServers)
            .toList();
    if (meant.size() == 1) {
      return meant.get(0);
    }
    String there =
        all.stream()
            .map(each -> each.device() + " " + Network.text(each.address()) + "/" + each.prefix())
            .collect(Collectors.joining(", "));
    throw wrong(
        "--interface",
        name == null ? meant.size() + " to choose from" : name,
        "one with one IPv4 address, of " + there);
  }

  /** Where no interface is named, the address of the server tells. */
  private boolean isServers(Network network) {
    if (name != null || server == null || !isUrl(server)) {
      return true;
    }
    String host = URI.create(server).getHost();
    Optional<Long> address = host == null ? Optional.empty() : Network.parse(host);
    return address.isEmpty() || network.address() == address.get();
  }

  private static List<Network> networks() throws IOException {
    List<Network> networks = new ArrayList<>();
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      for (InterfaceAddress address : each.getInterfaceAddresses()) {
        InetAddress own = address.getAddress();
        if (own instanceof Inet4Address && address.getNetworkPrefixLength() < 31) {
          Network.parse(own.getHostAddress())
              .ifPresent(
                  number ->
                      networks.add(
                          new Network(each.getName(), number, address.getNetworkPrefixLength())));
        }
      }
    }
    return networks;
  }

  private ParameterException wrong(String option, String value, String expected) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " (expected: " + expected + ")");
  }
}
