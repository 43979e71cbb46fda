package io.sluice.server.boot;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.http.Request;
import io.sluice.server.machines.Architecture;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.net.Identifiers;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What a request for a script says about who asks: its path ({@code /boot/MAC}, {@code
 * pxelinux.cfg/01-MAC}, {@code pxelinux.cfg/UUID}), its query ({@code ?mac=…&uuid=…&serial=…&arch=…
 * &platform=…}) and the Cookie PXELINUX sends.
 */
final class BootQuery {
  private static final String COOKIE_MAC = "_Syslinux_BOOTIF";
  private static final int LONGEST = 255;

  /** More than a machine has. */
  private static final int MOST_CARDS = 64;

  private BootQuery() {}

  static BootRequest read(Request request) {
    QueryParameters query = request.query();
    String name = request.parameters().getOrDefault("name", "");
    return new BootRequest(
            null,
            "",
            "",
            first(query, "arch").flatMap(Architecture::parse).orElse(""),
            first(query, "platform").filter(List.of("efi", "pcbios")::contains).orElse(""),
            request.client().getAddress(),
            query.has("platform"),
            List.of())
        .named(
            mac(request, query, name).orElse(null),
            first(query, "uuid").orElse(name),
            first(query, "serial").orElse(""));
  }

  /** The same for each card that the query names; what it says once when it names none. */
  static List<BootRequest> readEachCard(Request request) {
    BootRequest whole = read(request);
    List<BootRequest> cards =
        request.query().all("mac").stream()
            .limit(MOST_CARDS)
            .flatMap(text -> MacAddress.parse(text).stream())
            .map(mac -> whole.named(mac, whole.uuid(), whole.serial()))
            .toList();
    return cards.isEmpty() ? List.of(whole) : cards;
  }

  /** The profile a menu was asked for. */
  static Optional<String> wish(Request request) {
    return first(request.query(), "profile");
  }

  private static Optional<MacAddress> mac(Request request, QueryParameters query, String name) {
    List<MacAddress> named =
        Stream.<Supplier<Optional<MacAddress>>>of(
                () -> MacAddress.parse(request.parameters().getOrDefault("mac", "")),
                () -> first(query, "mac").flatMap(MacAddress::parse),
                () -> withHardwareType(name),
                () -> cookie(request))
            .flatMap(place -> place.get().stream())
            .toList();
    return named.stream()
        .filter(mac -> Identifiers.isMac(mac.colons()))
        .findFirst()
        .or(() -> named.stream().findFirst());
  }

  /** PXELINUX puts the hardware type before the address: 01 is Ethernet. */
  private static Optional<MacAddress> withHardwareType(String text) {
    return text.startsWith("01-") || text.startsWith("01:")
        ? MacAddress.parse(text.substring(3))
        : Optional.empty();
  }

  private static Optional<MacAddress> cookie(Request request) {
    for (String field : request.headers().getAll(HttpHeaderNames.COOKIE)) {
      for (Cookie cookie : ServerCookieDecoder.LAX.decode(field)) {
        if (cookie.name().equals(COOKIE_MAC)) {
          return withHardwareType(cookie.value()).or(() -> MacAddress.parse(cookie.value()));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> first(QueryParameters query, String name) {
    return query.first(name).filter(value -> !value.isEmpty() && value.length() <= LONGEST);
  }
}
