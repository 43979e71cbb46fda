package io.sluice.server.demo;

import io.sluice.server.config.RootFolders;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.Terms;
import io.sluice.server.store.Stores;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** A small root in a temporary directory, to try the server with. */
public final class DemoRoot implements AutoCloseable {
  private static final int MIB = 1024 * 1024;
  private static final int IMAGE_MIB = 64;
  private static final int KERNEL_MIB = 8;
  private static final String CALM = "52:54:00:00:00:01";
  private static final String FRESH = "52:54:00:00:00:02";

  private final TemporaryFolder folder;

  private DemoRoot(TemporaryFolder folder) {
    this.folder = folder;
  }

  /** Makes it. */
  public static DemoRoot make() throws IOException {
    DemoRoot root = new DemoRoot(TemporaryFolder.make("sluice-demo-"));
    RootFolders.makeIfMissing(root.path());
    root.bytes("images/demo.raw", IMAGE_MIB);
    DemoDisk.STANDARD.write(root.path().resolve("images/cloud.qcow2"));
    root.bytes("boot/x86_64/vmlinuz", KERNEL_MIB);
    root.text(
        "profiles/default.ipxe",
        """
        #!ipxe
        echo Sluice serves ${net0/mac} at ${net0/ip}
        kernel /boot/x86_64/vmlinuz
        boot
        """);
    root.text(
        "pxelinux.cfg/default",
        """
        DEFAULT demo
        LABEL demo
          KERNEL /boot/x86_64/vmlinuz
        """);
    root.machines();
    return root;
  }

  /** One machine that boots its disk and one that is to be installed. */
  private void machines() throws IOException {
    try (MachineStore store = Stores.open("jdbc:sqlite:" + path().resolve("state/sluice.db"))) {
      Machine calm = Machine.of("calm", MacAddress.parse(CALM).orElseThrow());
      Installation wanted =
          Installation.request(token(), "install", "demo.raw", Terms.STANDARD, Instant.now());
      Machine fresh = Machine.of("fresh", MacAddress.parse(FRESH).orElseThrow()).with(wanted);
      store.write(
          List.of(
              new MachineStore.Edit("calm", calm, MachineStore.ABSENT),
              new MachineStore.Edit("fresh", fresh, MachineStore.ABSENT)));
    }
  }

  /** A token of the form that servers make, of which logs show the beginning only. */
  static String token() {
    byte[] token = new byte[16];
    new SecureRandom().nextBytes(token);
    return HexFormat.of().formatHex(token);
  }

  /** The root. */
  public Path path() {
    return folder.path().resolve("root");
  }

  /** What to ask a server of this root, for people. */
  public String thingsToTry(String url) {
    return String.join(
        System.lineSeparator(),
        "",
        "Things to try:",
        "  curl " + url + "boot/52:54:00:12:34:56",
        "  curl " + url + "boot/" + FRESH + "   # is to be installed",
        "  curl " + url + "api/v1/machines",
        "  ./sluice machine list --server " + url,
        "  curl " + url + "boot/x86_64/vmlinuz -o /dev/null",
        "  curl " + url + "images/demo.raw -o /dev/null",
        "  curl -r 1000-1999 " + url + "images/demo.raw | wc -c",
        "  curl "
            + url
            + "images/cloud.raw -o /dev/null   # the disk in cloud.qcow2, not converted",
        "  curl " + url + "images/cloud.raw.zst -o /dev/null   # made while it is sent, then kept",
        "  curl " + url + "images/cloud.raw.sha256",
        "  curl " + url + "metrics",
        "  ./sluice demo --vm   # a virtual machine that installs itself, on this terminal",
        "  a browser at " + url,
        "");
  }

  /** Deletes everything. */
  @Override
  public void close() throws IOException {
    folder.close();
  }

  private void text(String name, String text) throws IOException {
    Files.writeString(path().resolve(name), text, StandardCharsets.UTF_8);
  }

  /** The same bytes each time, so that downloads of two runs can be compared. */
  private void bytes(String name, int mebibytes) throws IOException {
    Path file = path().resolve(name);
    Files.createDirectories(file.getParent());
    Random random = new Random(mebibytes);
    byte[] block = new byte[MIB];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < mebibytes; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }
}
