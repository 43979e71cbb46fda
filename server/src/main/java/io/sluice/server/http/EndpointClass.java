package io.sluice.server.http;

import java.util.Arrays;
import java.util.List;

/** What a request is for, as far as its path tells: the values of the {@code endpoint} label. */
public enum EndpointClass {
  /** The script for a machine. */
  BOOT("boot"),
  /** Boot loaders, kernels and initial RAM disks. */
  BOOT_ASSET("boot_asset"),
  /** The same for the Debian boot environment. */
  BOOT_DEBIAN_ASSET("boot_debian_asset"),
  /** PXELINUX configurations. */
  PXELINUX_CONFIG("pxelinux_config"),
  /** iPXE scripts and binaries. */
  IPXE_ARTIFACT("ipxe_artifact"),
  /** Disk images. */
  IMAGE("image"),
  /** Operating system images by name. */
  OS_IMAGE("os_image"),
  /** Documents for one machine: what it becomes. */
  SEED("seed"),
  /** The JSON interface. */
  API("api"),
  /** The server itself: metrics, health, page. */
  INFRA("infra"),
  /** Everything that is not there, malformed requests included. */
  OTHER("other");

  private final String label;

  EndpointClass(String label) {
    this.label = label;
  }

  /** The label value. */
  public String label() {
    return label;
  }

  /** Every label value; {@code other} is the last. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(EndpointClass::label).toList();
  }
}
