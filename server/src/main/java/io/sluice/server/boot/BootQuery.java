package io.sluice.server.boot;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.sluice.server.http.MacAddress;
import io.sluice.server.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a request for a script says about who asks: its path ({@code /boot/MAC}, {@code
 * pxelinux.cfg/01-MAC}, {@code pxelinux.cfg/UUID}), its query ({@code ?mac=…&uuid=…&serial=…&arch=…
 * &platform=…}) and the Cookie PXELINUX sends.
 */
final class BootQuery {
  private static final String COOKIE_MAC = "_Syslinux_BOOTIF";
  private static final int MAX_PARAMETERS = 32;
  private static final int LONGEST = 255;
  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          "x86_64", "x86_64", "amd64", "x86_64", "i386", "x86_64", "aarch64", "aarch64", "arm64",
          "aarch64");

  private BootQuery() {}

  static BootRequest read(Request request) {
    Map<String, List<String>> query = query(request);
    String name = request.parameters().getOrDefault("name", "");
    String uuid = first(query, "uuid").orElse(name).toLowerCase(Locale.ROOT);
    return new BootRequest(
        mac(request, query, name).orElse(null),
        MachineRules.isUuid(uuid) ? uuid : "",
        first(query, "serial").orElse(""),
        first(query, "arch").map(ARCHITECTURES::get).orElse(""),
        first(query, "platform").filter(List.of("efi", "pcbios")::contains).orElse(""),
        request.client().getAddress());
  }

  /** The profile a menu was asked for. */
  static Optional<String> wish(Request request) {
    return first(query(request), "profile");
  }

  /**
   * Where the client reached the server: what it wrote into Host, which every client of HTTP/1.1
   * sends and PXELINUX too.
   */
  static String baseUrl(Request request) {
    String host = request.headers().get(HttpHeaderNames.HOST, "");
    return host.isEmpty() ? "" : "http://" + host;
  }

  private static Optional<MacAddress> mac(
      Request request, Map<String, List<String>> query, String name) {
    return MacAddress.parse(request.parameters().getOrDefault("mac", ""))
        .or(() -> first(query, "mac").flatMap(MacAddress::parse))
        .or(() -> withHardwareType(name))
        .or(() -> cookie(request));
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

  private static Map<String, List<String>> query(Request request) {
    String query = request.path().query();
    if (query.isEmpty()) {
      return Map.of();
    }
    try {
      return new QueryStringDecoder("?" + query, StandardCharsets.UTF_8, true, MAX_PARAMETERS)
          .parameters();
    } catch (IllegalArgumentException malformed) {
      return Map.of();
    }
  }

  private static Optional<String> first(Map<String, List<String>> query, String name) {
    return query.getOrDefault(name, List.of()).stream()
        .findFirst()
        .filter(value -> !value.isEmpty() && value.length() <= LONGEST);
  }
}
