package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing outside the root is ever served, however it is asked for. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class BoundaryIT {
  private static final String SECRET = "the-planted-secret-4711";

  @TempDir Path folder;
  @Parameter Transport transport;
  private Path root;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    server = RunningServer.start(root, transport);
    server.write("images/disk.raw", 100);
    server.write("../secret", SECRET.getBytes(StandardCharsets.US_ASCII));
    server.write("../root-secret/secret", SECRET.getBytes(StandardCharsets.US_ASCII));
    for (String hidden : List.of("images/.hidden", "images/.d/secret", "boot/.ssh/id", ".env")) {
      server.write(hidden, SECRET.getBytes(StandardCharsets.US_ASCII));
    }
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static List<String> traversals() {
    List<String> dots =
        List.of(
            "..",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "%252e%252e",
            "%c0%ae%c0%ae",
            "%e0%80%ae%e0%80%ae",
            "%f0%80%80%ae%2e",
            "..;",
            "..%00",
            "..%20",
            "%u002e%u002e",
            "...",
            "..%5c..",
            "%ef%bc%8e%ef%bc%8e",
            "..%0d%0a",
            "..\\..",
            "%%32%65%%32%65",
            "..%09");
    List<String> slashes = List.of("/", "%2f", "%5c", "\\", "%252f", "%c0%af", "//", "/./", "%2f/");
    List<String> all = new ArrayList<>();
    for (String dot : dots) {
      for (String slash : slashes) {
        all.add("/images/" + dot + slash + dot + slash + "secret");
        all.add("/ipxe/a/" + dot + slash + dot + slash + dot + slash + "secret");
        all.add("/boot/" + dot + slash + dot + slash + "root-secret" + slash + "secret");
      }
    }
    return all;
  }

  @Test
  void noSpellingOfTheParentFolderLeadsOut() throws IOException {
    List<String> targets = new ArrayList<>(traversals());
    targets.addAll(
        List.of(
            "/../secret",
            "/..",
            "/.",
            "/images/..",
            "/images/../../secret",
            "//../secret",
            "/secret",
            "/root-secret/secret",
            "http://x/../secret",
            "http://x/images/../../secret",
            "http://x/images/%2e%2e/%2e%2e/secret",
            "/images/" + "../".repeat(40) + "etc/passwd",
            "/images//etc/passwd",
            "/images/%2fetc%2fpasswd",
            "/ipxe//etc/passwd",
            "/ipxe/%2fetc/passwd",
            "/os/../secret",
            "/os/debian/../../../secret",
            "/os/%2e%2e/secret",
            "/os/..%2f../secret",
            "/os//secret",
            "/boot/../secret",
            "/boot/x86_64/../../../secret",
            "/pxelinux.cfg/../../secret",
            "/boot/pxelinux.cfg/%2e%2e",
            "/images/secret%00.raw",
            "/images/..%00/../secret"));
    for (String target : targets) {
      try (RawClient client = server.client()) {
        client.send(RawClient.request("GET", target, "Connection: close"));
        String answer = new String(client.rest(), StandardCharsets.ISO_8859_1);
        assertTrue(answer.matches("(?s)HTTP/1\\.1 (400|404) .*"), target + ": " + answer);
        assertFalse(answer.contains(SECRET), target);
        assertFalse(answer.contains("root:"), target);
        assertFalse(answer.contains(folder.toString()), "no path of the machine: " + target);
      }
    }
  }

  @Test
  void linksAreFollowedWithinTheRootAndNowhereElse() throws IOException {
    Path images = root.resolve("images");
    Files.createSymbolicLink(images.resolve("inside.raw"), Path.of("disk.raw"));
    Files.createSymbolicLink(images.resolve("other.raw"), Path.of("../boot/loader"));
    server.write("boot/loader", 50);
    Files.createSymbolicLink(images.resolve("out"), folder.resolve("secret"));
    Files.createSymbolicLink(images.resolve("out-relative"), Path.of("../../secret"));
    Files.createSymbolicLink(images.resolve("out-twice"), Path.of("out"));
    Files.createSymbolicLink(images.resolve("sibling"), folder.resolve("root-secret/secret"));
    Files.createSymbolicLink(images.resolve("hidden"), Path.of(".hidden"));
    Files.createSymbolicLink(images.resolve("dangling"), Path.of("nothing"));
    Files.createSymbolicLink(images.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(images.resolve("folder"), Path.of("../boot"));
    Files.createDirectories(root.resolve("ipxe"));
    Files.createSymbolicLink(root.resolve("ipxe/up"), folder);
    Files.createDirectories(root.resolve("os"));
    Files.createSymbolicLink(root.resolve("os/up"), folder);
    Files.createSymbolicLink(root.resolve("profiles/default.ipxe"), folder.resolve("secret"));
    try (RawClient client = server.client()) {
      assertEquals(100, client.get("/images/inside.raw").body().length);
      assertEquals(50, client.get("/images/other.raw").body().length);
      List<String> refused =
          List.of(
              "/images/out",
              "/images/out-relative",
              "/images/out-twice",
              "/images/sibling",
              "/images/hidden",
              "/images/dangling",
              "/images/loop",
              "/images/folder",
              "/ipxe/up/secret",
              "/os/up/secret");
      for (String target : refused) {
        assertEquals(404, client.get(target).status(), target);
      }
      String script = client.get("/boot/525400123456").text();
      assertTrue(
          script.startsWith("#!ipxe\nchain "), "the shipped script for strangers: " + script);
    }
  }

  @Test
  void whatIsNoRegularVisibleFileIsNotThereAndSaysSoAtOnce() throws Exception {
    Path fifo = root.resolve("images/fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Files.createSymbolicLink(root.resolve("images/null"), Path.of("/dev/null"));
    Files.createSymbolicLink(root.resolve("images/zero"), Path.of("/dev/zero"));
    Files.createDirectories(root.resolve("images/folder"));
    try (RawClient client = server.client()) {
      long begun = System.nanoTime();
      List<String> refused =
          List.of(
              "/images/fifo",
              "/images/null",
              "/images/zero",
              "/images/folder",
              "/images/.hidden",
              "/images/%2ehidden",
              "/images/.d/secret",
              "/boot/.ssh",
              "/boot/.ssh/id",
              "/.env",
              "/ipxe/.env",
              "/os/.d/secret",
              "/images/" + "a".repeat(300),
              "/ipxe/" + "a/".repeat(3000) + "b");
      for (String target : refused) {
        assertEquals(404, client.get(target).status(), target);
      }
      assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(5), "not fast");
    }
  }
}
