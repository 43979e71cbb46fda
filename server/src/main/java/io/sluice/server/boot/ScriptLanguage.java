package io.sluice.server.boot;

import io.sluice.server.boot.template.Escaping;

/** The languages a profile can be written in, one for each boot loader. */
public enum ScriptLanguage {
  /** iPXE scripts. */
  IPXE("ipxe", Escaping.IPXE),
  /** Configurations of PXELINUX. */
  PXELINUX("pxelinux", Escaping.PXELINUX),
  /** Configurations of GRUB. */
  GRUB("grub", Escaping.GRUB);

  private final String extension;
  private final Escaping escaping;

  ScriptLanguage(String extension, Escaping escaping) {
    this.extension = extension;
    this.escaping = escaping;
  }

  /** How names of files end, without the dot. */
  public String extension() {
    return extension;
  }

  Escaping escaping() {
    return escaping;
  }

  /** The file of a profile in this language. */
  String file(String profile) {
    return profile + "." + extension;
  }
}
