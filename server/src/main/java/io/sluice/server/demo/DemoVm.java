package io.sluice.server.demo;

import io.sluice.server.cli.BundledScripts;
import io.sluice.server.cli.InstallerCommand;
import io.sluice.server.config.Version;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.Terms;
import io.sluice.server.store.Stores;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A virtual machine with an empty disk that installs itself from the demo: firmware, DHCP, iPXE,
 * the script, the installer, and a Debian that is made for it. What takes minutes to make is kept.
 */
public final class DemoVm {
  private static final String ID = "vm";
  private static final String MAC = "52:54:00:00:00:03";
  private static final long DISK_BYTES = 4L << 30;
  private static final String SCRIPT = "debian-image.sh";

  /** Programs and files that are needed, and the packages of Debian that have them. */
  private static final Map<String, String> NEEDED =
      Map.of(
          "qemu-system-x86_64", "qemu-system-x86",
          "mmdebstrap", "mmdebstrap",
          "sfdisk", "fdisk",
          "mkfs.ext4", "e2fsprogs",
          "mkfs.vfat", "dosfstools",
          "mcopy", "mtools",
          "grub-mkimage", "grub-common",
          "/usr/lib/grub/i386-pc", "grub-pc-bin",
          "/usr/lib/grub/x86_64-efi", "grub-efi-amd64-bin",
          "/usr/lib/ipxe/qemu/pxe-virtio.rom", "ipxe-qemu");

  private final Path root;
  private final Map<String, String> environment;

  /**
   * A machine for this root.
   *
   * @param environment of this process
   */
  public DemoVm(DemoRoot root, Map<String, String> environment) {
    this.root = root.path();
    this.environment = environment;
  }

  /**
   * Makes what the machine boots, and its record. Takes minutes the first time.
   *
   * @param err where progress is told
   * @throws IOException in one line that names all that is missing
   */
  public void prepare(PrintWriter err) throws IOException {
    checkPrograms();
    Path kept = Files.createDirectories(cache());
    Path image = kept.resolve("debian.raw");
    if (!Files.exists(image)) {
      err.println("making a Debian for the machine, which takes a minute or two, once");
      err.flush();
      try (BundledScripts scripts = BundledScripts.of("/io/sluice/server/demo/", List.of(SCRIPT))) {
        made(SCRIPT, scripts.run(SCRIPT, Map.of(), List.of(image.toString())));
      }
    }
    if (!Files.exists(kept.resolve("initramfs"))) {
      err.println("building the installer, which takes two or three minutes, once");
      err.flush();
      try (BundledScripts scripts = InstallerCommand.scripts()) {
        Map<String, String> wanted = InstallerCommand.standard("x86_64", kept);
        made("build.sh", scripts.run("build.sh", wanted, List.of()));
      }
    }
    place(image, "images/debian.raw");
    place(kept.resolve("vmlinuz"), "boot/x86_64/vmlinuz");
    place(kept.resolve("initramfs"), "boot/x86_64/initramfs");
    profile();
    record();
  }

  private static void made(String script, int status) throws IOException {
    if (status != 0) {
      throw new IOException("demo --vm: " + script + " failed (expected: see the lines above)");
    }
  }

  /** What the machine becomes: somebody may log in on its console. */
  private void profile() throws IOException {
    Files.writeString(root.resolve("profiles/vm.ipxe"), "#!ipxe\n{{ include \"install\" }}\n");
    Path seed = Files.createDirectories(root.resolve("profiles/vm.seed"));
    Files.writeString(
        seed.resolve("meta-data"),
        "instance-id: {{ installation | json }}\nlocal-hostname: {{ hostname | json }}\n");
    Files.writeString(
        seed.resolve("user-data"),
        """
        #cloud-config
        fqdn: {{ hostname | json }}
        manage_etc_hosts: true
        locale: false
        users:
          - name: demo
            plain_text_passwd: demo
            lock_passwd: false
            shell: /bin/bash
            sudo: "ALL=(ALL) NOPASSWD:ALL"
        """,
        StandardCharsets.UTF_8);
  }

  private void record() throws IOException {
    Installation wanted =
        Installation.request(DemoRoot.token(), ID, "debian.raw", Terms.STANDARD, Instant.now());
    Machine bare = Machine.of(ID, MacAddress.parse(MAC).orElseThrow());
    Machine machine =
        new Machine(
            ID,
            bare.macs(),
            "",
            "",
            "sluice-vm",
            "",
            List.of("demo"),
            Map.of(),
            Map.of(),
            // The profile of everybody else in the demo boots its stand-in of a kernel.
            "local",
            "debian.raw",
            List.of(),
            "",
            wanted,
            bare.lock());
    try (MachineStore store = Stores.open("jdbc:sqlite:" + root.resolve("state/sluice.db"))) {
      store.write(List.of(new MachineStore.Edit(ID, machine, MachineStore.ABSENT)));
    }
  }

  private void place(Path from, String to) throws IOException {
    Path place = root.resolve(to);
    Files.createDirectories(place.getParent());
    Files.deleteIfExists(place);
    try {
      Files.createLink(place, from);
    } catch (IOException | UnsupportedOperationException elsewhere) {
      Files.copy(from, place, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Another version makes its own. */
  private Path cache() {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path folder =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", "/tmp"), ".cache")
            : Path.of(base);
    return folder.resolve("sluice").resolve("demo-" + Version.current()).toAbsolutePath();
  }

  private void checkPrograms() throws IOException {
    List<String> missing = new ArrayList<>();
    List<String> packages = new ArrayList<>();
    NEEDED.entrySet().stream()
        .filter(each -> !isThere(each.getKey()))
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            each -> {
              missing.add(each.getKey());
              packages.add(each.getValue());
            });
    if (!missing.isEmpty()) {
      throw new IOException(
          "demo --vm: not found: "
              + String.join(", ", missing)
              + " (expected: QEMU and what makes images; on Debian: apt install "
              + String.join(" ", packages)
              + ")");
    }
  }

  private boolean isThere(String needed) {
    if (needed.startsWith("/")) {
      return Files.exists(Path.of(needed));
    }
    String path = environment.getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Stream.of(path.split(":", -1))
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, needed)));
  }

  /**
   * Powers the machine on; its console is the terminal of this process.
   *
   * @param port the image port
   */
  public Process powerOn(int port) throws IOException {
    Path disk = root.resolveSibling("vm.disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    String accelerator =
        environment.getOrDefault(
            "SLUICE_VM_ACCEL", Files.isWritable(Path.of("/dev/kvm")) ? "kvm" : "tcg");
    return new ProcessBuilder(
            "qemu-system-x86_64",
            "-name",
            "sluice-demo",
            "-machine",
            "q35,graphics=off",
            "-accel",
            accelerator,
            "-m",
            "1024",
            "-nographic",
            "-netdev",
            // QEMU answers DHCP itself, and sends iPXE to the script of its card.
            "user,id=net,bootfile=http://10.0.2.2:" + port + "/boot/${mac}",
            "-device",
            "virtio-net-pci,netdev=net,mac=" + MAC + ",bootindex=1",
            "-drive",
            "if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file=" + disk,
            "-device",
            "virtio-blk-pci,drive=disk,bootindex=2,serial=demo")
        .inheritIO()
        .start();
  }

  /** What to know before the terminal is the machine's. */
  public String introduction(String url) {
    return String.join(
        System.lineSeparator(),
        "",
        "A virtual machine with an empty disk is switched on, and this terminal is its console.",
        "  see it installed      a browser at " + url,
        "  log in                as demo, with the password demo, when it says sluice-vm login:",
        "  switch it off         Ctrl-A X",
        "");
  }
}
