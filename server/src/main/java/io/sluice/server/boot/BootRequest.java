package io.sluice.server.boot;

import io.sluice.server.http.MacAddress;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What somebody who asks for a script says about itself. None of it is proved.
 *
 * @param mac of one of its cards, null when it named none
 * @param uuid in small letters, empty when it named none
 * @param serial number, empty when it named none
 * @param arch {@code x86_64} or {@code aarch64}, empty when it named none
 * @param platform {@code efi} or {@code pcbios}, empty when it named none
 * @param address where it asks from
 */
public record BootRequest(
    @Nullable MacAddress mac,
    String uuid,
    String serial,
    String arch,
    String platform,
    InetAddress address) {}
