package io.sluice.server.machines;

import io.sluice.server.net.Identifiers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the client that asks for a script says about itself. None of it is proved.
 *
 * @param mac of one of its cards, null when it named none that names a card
 * @param uuid in small letters, empty when it named none that names a machine
 * @param serial number without white space around it, empty when it named none that names a machine
 * @param arch {@code x86_64} or {@code aarch64}, empty when it named none
 * @param platform {@code efi} or {@code pcbios}, empty when it named none
 * @param address where it asks from
 * @param asked whether it was asked for its platform, whatever it then said
 * @param ignored what it named that names no machine, one sentence each
 */
public record BootRequest(
    @Nullable MacAddress mac,
    String uuid,
    String serial,
    String arch,
    String platform,
    InetAddress address,
    boolean asked,
    List<String> ignored) {

  /** Copies what could be changed. */
  public BootRequest {
    ignored = List.copyOf(ignored);
  }

  /** What a machine says that has nothing to hide and was asked for all of it. */
  public BootRequest(
      @Nullable MacAddress mac,
      String uuid,
      String serial,
      String arch,
      String platform,
      InetAddress address) {
    this(mac, uuid, serial, arch, platform, address, !platform.isEmpty(), List.of());
  }

  /** The same with the names that the client gave; those that name one machine count. */
  public BootRequest named(@Nullable MacAddress mac, String uuid, String serial) {
    List<String> none = new ArrayList<>();
    boolean card = mac != null && Identifiers.isMac(mac.colons());
    if (mac != null && !card) {
      none.add("the MAC address " + mac.colons() + " is no card's and is passed over");
    }
    String board = Identifiers.uuid(uuid).orElse("");
    if (board.isEmpty() && Identifiers.isUuid(uuid.toLowerCase(Locale.ROOT))) {
      none.add("the UUID " + uuid + " is that of many boards and is passed over");
    }
    boolean own = Identifiers.serial(serial).isPresent();
    if (!own && !serial.isBlank()) {
      none.add("the serial number is one that many boards have and is passed over");
    }
    return new BootRequest(
        card ? mac : null,
        board,
        own ? Identifiers.trimmed(serial) : "",
        arch,
        platform,
        address,
        asked,
        none);
  }
}
