package io.sluice.server.cli.dhcp;

import io.sluice.server.boot.template.Escaping;
import io.sluice.server.boot.template.Scope;
import io.sluice.server.boot.template.Template;
import io.sluice.server.boot.template.TemplateException;
import io.sluice.server.boot.template.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a DHCP server has to know.
 *
 * @param url what machines call the server that boots them, without a slash at its end
 * @param card where the DHCP server listens; its address has the loaders for TFTP
 * @param range what it gives away
 * @param gateway of the machines
 * @param dns their name servers
 * @param tftpRoot the folder with the loaders
 * @param proxy whether another server gives the addresses
 * @param secureBoot whether UEFI HTTP Boot gets the signed installer
 */
public record DhcpConfig(
    String url,
    Card card,
    AddressRange range,
    Optional<Ipv4> gateway,
    List<Ipv4> dns,
    String tftpRoot,
    boolean proxy,
    boolean secureBoot) {
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

  /** Which DHCP server, as it is typed. */
  public enum Kind {
    dnsmasq,
    kea,
    isc
  }

  /** The whole configuration for one kind of server. */
  public String text(Kind kind) throws IOException, TemplateException {
    Scope.Builder scope = new Scope.Builder();
    scope.text("server", url);
    scope.text("address", card.address().toString());
    scope.text("interface", card.name());
    scope.text("network", card.subnet().network().toString());
    scope.text("mask", card.subnet().mask().toString());
    scope.text("subnet", card.subnet().toString());
    scope.text("first", range.first().toString());
    scope.text("last", range.last().toString());
    scope.text("gateway", gateway.map(Ipv4::toString).orElse(""));
    scope.text("dns", dns.stream().map(Ipv4::toString).collect(Collectors.joining(", ")));
    scope.text("proxy", proxy ? "yes" : "");
    scope.text("secure_boot", secureBoot ? "yes" : "");
    scope.text("tftp_root", tftpRoot);
    return template(kind).render(scope.build(), Escaping.DOCUMENT, none -> Optional.empty());
  }

  private static Template template(Kind kind) throws IOException, TemplateException {
    String file = "/io/sluice/server/dhcp/" + kind + ".conf";
    try (InputStream in = DhcpConfig.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": not in the jar");
      }
      return Template.parse(
          file, new String(in.readAllBytes(), StandardCharsets.UTF_8), VOCABULARY);
    }
  }
}
