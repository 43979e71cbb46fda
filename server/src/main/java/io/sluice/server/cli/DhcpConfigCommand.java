package io.sluice.server.cli;

import io.sluice.server.cli.dhcp.AddressRange;
import io.sluice.server.cli.dhcp.Card;
import io.sluice.server.cli.dhcp.DhcpConfig;
import io.sluice.server.cli.dhcp.Ipv4;
import io.sluice.server.cli.dhcp.Subnet;
import io.sluice.server.config.ConfigException;
import io.sluice.server.net.Authority;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "Prints a configuration of a DHCP server that sends machines to a running server: BIOS, UEFI,"
          + " UEFI HTTP Boot, and iPXE told from all of those.",
      "It is for a DHCP server on this machine; with --interface, --subnet and --url for one elsewhere."
    })
public final class DhcpConfigCommand implements Callable<Integer> {
  private static final String DEFAULT_PORT = ":8080";

  private final Map<String, String> environment;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "dnsmasq|kea|isc", description = "which DHCP server reads it")
  private DhcpConfig.Kind kind = DhcpConfig.Kind.dnsmasq;

  @Option(
      names = "--interface",
      paramLabel = "NAME",
      description = "where the machines are (default: the only one there is)")
  private @Nullable String name;

  @Option(
      names = "--subnet",
      paramLabel = "CIDR",
      description = "the network of the machines (default: that of the interface)")
  private @Nullable String subnet;

  @Option(
      names = "--range",
      paramLabel = "FIRST-LAST",
      description =
          "addresses to give away (default: the upper half of the network, without server and router)")
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

  @Mixin private ServedFolder root = new ServedFolder();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = {
        "what machines call the server (default: what the server says; where that means this machine"
            + " alone, the address of the interface)"
      })
  private @Nullable String url;

  @Mixin private final ApiClient server = new ApiClient();

  public DhcpConfigCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /** A URL of a server: a scheme, and where it is. */
  private record Url(String scheme, Authority at) {
    static Optional<Url> parse(String text) {
      String[] parts = text.split("://", 2);
      return parts.length == 2 && parts[0].matches("https?")
          ? Authority.parse(parts[1].replaceFirst("/+$", ""))
              .filter(Authority::isCallable)
              .map(at -> new Url(parts[0], at))
          : Optional.empty();
    }

    @Override
    public String toString() {
      return at.url(scheme);
    }
  }

  @Override
  public Integer call() throws Exception {
    if (proxy && kind != DhcpConfig.Kind.dnsmasq) {
      throw wrong("--proxy", kind.toString(), "dnsmasq");
    }
    // Empty: there is no server to ask, and its address will be that of the card.
    Optional<Url> called = called();
    Card card = card(called.flatMap(each -> Ipv4.parse(each.at().host())).filter(this::isOutside));
    Url reached = reached(called, card);
    Optional<Ipv4> router = gateway == null ? Optional.empty() : Optional.of(router(card, gateway));
    List<Ipv4> taken = new ArrayList<>(List.of(card.address()));
    router.ifPresent(taken::add);
    DhcpConfig asked =
        new DhcpConfig(
            reached.toString(),
            card,
            range(card.subnet(), taken),
            router,
            dns == null ? List.of() : nameServers(dns),
            loaders(),
            proxy,
            secureBoot);
    String text = asked.text(kind);
    if (reached.scheme().equals("https")) {
      warn(reached + ": iPXE of Debian speaks no HTTPS (expected: --url http://…)");
    }
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
    return 0;
  }

  private boolean isOutside(Ipv4 address) {
    return !Authority.parse(address.toString()).filter(Authority::isLoopback).isPresent();
  }

  /**
   * What the server is called, as was given or as it says; empty where none is there to be asked.
   */
  private Optional<Url> called() throws IOException {
    if (url != null) {
      return Optional.of(
          Url.parse(url)
              .orElseThrow(() -> wrong("--url", url, "a URL such as http://10.1.0.1:8080")));
    }
    try {
      String said = String.valueOf(server.get("/server").object().get("url"));
      return Optional.of(
          Url.parse(said)
              .orElseThrow(
                  () -> new IOException("--server: calls itself " + said + " (expected: a URL)")));
    } catch (IOException failure) {
      if (!(failure.getCause() instanceof ConnectException)
          || spec.commandLine().getParseResult().hasMatchedOption("--server")) {
        throw failure;
      }
      return Optional.empty();
    }
  }

  /** What machines of the network call the server. */
  private Url reached(Optional<Url> called, Card card) {
    String own = card.address().toString();
    if (called.isEmpty()) {
      Url guessed = Url.parse("http://" + own + DEFAULT_PORT).orElseThrow();
      warn(
          "no server runs to be asked: " + guessed + " (expected: --url where it will be another)");
      return guessed;
    }
    Url said = called.get();
    return said.at().isLoopback()
        ? new Url(said.scheme(), new Authority(own, said.at().port()))
        : said;
  }

  /**
   * Where the DHCP server listens.
   *
   * @param server its address, where the URL has one that others can use
   */
  private Card card(Optional<Ipv4> server) throws IOException {
    Optional<Subnet> meant = subnet();
    List<Card> all = Card.own();
    List<Card> named =
        all.stream().filter(each -> name == null || each.name().equals(name)).toList();
    if (name != null && named.isEmpty() && meant.isPresent() && server.isPresent()) {
      return elsewhere(name, server.get(), meant.get());
    }
    List<Card> left =
        named.stream()
            .filter(each -> meant.isEmpty() || meant.get().has(each.address()))
            .filter(
                each ->
                    named.size() == 1 || server.isEmpty() || server.get().equals(each.address()))
            .toList();
    if (left.size() == 1) {
      Card one = left.get(0);
      return new Card(one.name(), one.address(), meant.orElse(one.subnet()));
    }
    String there = all.stream().map(Card::toString).collect(Collectors.joining(", "));
    if (meant.isPresent() && left.isEmpty() && !named.isEmpty()) {
      throw wrong("--subnet", String.valueOf(subnet), "a network with an address of " + there);
    }
    throw wrong(
        "--interface",
        name == null ? left.size() + " to choose from" : name,
        "one with one IPv4 address, of "
            + (there.isEmpty() ? "none there are" : there)
            + "; for a DHCP server elsewhere --subnet and --url with an address, too");
  }

  private Card elsewhere(String interfaceThere, Ipv4 address, Subnet network) {
    if (!interfaceThere.matches("[A-Za-z0-9._@-]{1,15}")) {
      throw wrong("--interface", interfaceThere, "the name of one, such as eth1");
    }
    return new Card(interfaceThere, address, network);
  }

  private Optional<Subnet> subnet() {
    return subnet == null
        ? Optional.empty()
        : Optional.of(
            Subnet.parse(subnet)
                .orElseThrow(() -> wrong("--subnet", subnet, "a network such as 10.1.0.0/16")));
  }

  private AddressRange range(Subnet network, List<Ipv4> taken) {
    if (range == null) {
      return AddressRange.free(network, taken)
          .orElseThrow(
              () ->
                  wrong(
                      "--range", "none given", "addresses of " + network + " that have no owner"));
    }
    return AddressRange.parse(range)
        .filter(given -> given.isWithin(network) && taken.stream().noneMatch(given::has))
        .orElseThrow(
            () ->
                wrong(
                    "--range",
                    range,
                    "two addresses of "
                        + network
                        + ", the lower one first, without "
                        + taken.stream().map(Ipv4::toString).collect(Collectors.joining(" and "))
                        + AddressRange.free(network, taken)
                            .map(free -> ", such as " + free)
                            .orElse("")));
  }

  private Ipv4 router(Card card, String given) {
    return Ipv4.parse(given)
        .filter(card.subnet()::has)
        .orElseThrow(() -> wrong("--gateway", given, "an address of " + card.subnet()));
  }

  private List<Ipv4> nameServers(String given) {
    List<Ipv4> all = new ArrayList<>();
    for (String each : given.split(",", -1)) {
      all.add(
          Ipv4.parse(each.strip())
              .orElseThrow(() -> wrong("--dns", given, "addresses such as 10.1.0.1,10.1.0.2")));
    }
    return all;
  }

  /** DHCP servers that cannot find the folder do not start. */
  private String loaders() throws ConfigException {
    Path folder =
        (tftpRoot == null ? root.path(environment).resolve("boot") : Path.of(tftpRoot))
            .toAbsolutePath()
            .normalize();
    if (!folder.toString().matches("[A-Za-z0-9/._@+-]+")) {
      throw wrong("--tftp-root", folder.toString(), "a folder of letters, digits and . _ @ + -");
    }
    if (!Files.isRegularFile(folder.resolve("undionly.kpxe"))) {
      warn(
          folder
              + ": no undionly.kpxe there yet (expected: iPXE; sluice boot-files puts it there)");
    }
    return folder.toString();
  }

  private void warn(String line) {
    spec.commandLine().getErr().println("warning: " + line);
    spec.commandLine().getErr().flush();
  }

  private ParameterException wrong(String option, @Nullable String value, String expected) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " (expected: " + expected + ")");
  }
}
