package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentTypesTest {

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "disk.raw,          application/octet-stream",
    "disk.img,          application/octet-stream",
    "disk.qcow2,        application/octet-stream",
    "vmlinuz,           application/octet-stream",
    "vmlinuz-6.12.1,    application/octet-stream",
    "initramfs-lts,     application/octet-stream",
    "undionly.kpxe,     application/octet-stream",
    "ldlinux.c32,       application/octet-stream",
    "x.unknown,         application/octet-stream",
    "'',                application/octet-stream",
    "trailing.,         application/octet-stream",
    "default,           application/octet-stream",
    "boot.ipxe,         text/plain; charset=utf-8",
    "grub.cfg,          text/plain; charset=utf-8",
    "disk.raw.sha256,   text/plain; charset=utf-8",
    "ipxe.efi,          application/efi",
    "BOOTX64.EFI,       application/efi",
    "debian.iso,        application/x-iso9660-image",
    "disk.raw.zst,      application/zstd",
    "disk.tar.zst,      application/zstd",
    "amd64.tar.xz,      application/x-xz",
    "apkovl.tar.gz,     application/gzip",
    "initrd.gz,         application/gzip",
    "disk.raw.bmap,     application/xml",
  })
  void theLastExtensionDecides(String name, String type) {
    assertEquals(type, ContentTypes.of(name));
  }
}
