package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file route, byte by byte: whole files and heads. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class FileServingIT {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String BYTES = "application/octet-stream";

  /** More than several turns of a transfer, and no multiple of one. */
  private static final int LARGE = 3 * 1024 * 1024 + 12_345;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void filesOfAnySizeArriveByteForByte() throws IOException {
    for (int size : new int[] {0, 1, 511, 128 * 1024, 128 * 1024 + 1, LARGE}) {
      byte[] bytes = server.write("images/disk-" + size + ".raw", size);
      RawClient.Response answer = client.get("/images/disk-" + size + ".raw");
      assertEquals(200, answer.status());
      assertEquals(Integer.toString(size), answer.field("Content-Length"));
      assertArrayEquals(bytes, answer.body());
    }
  }

  @Test
  void aFileIsDescribedAsBootClientsAndCachesNeedIt() throws IOException {
    server.write("images/disk.raw", 10);
    RawClient.Response answer = client.get("/images/disk.raw");
    assertEquals("bytes", answer.field("Accept-Ranges"));
    assertEquals(BYTES, answer.field("Content-Type"));
    assertTrue(answer.field("ETag").matches("\"[!#-~]+\""), answer.head());
    for (String date : List.of("Date", "Last-Modified")) {
      assertTrue(
          answer
              .field(date)
              .matches("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d \\w{3} \\d{4} [0-9:]{8} GMT"),
          answer.head());
    }
    assertTrue(answer.find("Transfer-Encoding").isEmpty(), "UEFI wants a length");
  }

  @Test
  void headIsTheHeadOfGetWithoutABody() throws IOException {
    server.write("images/disk.raw", LARGE);
    server.write("boot/x86_64/vmlinuz", 5000);
    server.write("images/empty.raw", 0);
    List<String> targets =
        List.of(
            "/images/disk.raw",
            "/images/empty.raw",
            "/boot/amd64/vmlinuz",
            "/images/missing",
            "/healthz",
            "/favicon.ico",
            "/nothing/here",
            "/");
    for (String target : targets) {
      RawClient.Response head = client.head(target);
      RawClient.Response get = client.get(target);
      assertEquals(get.statusLine(), head.statusLine(), target);
      assertEquals(withoutDate(get), withoutDate(head), target);
    }
  }

  private static List<RawClient.Field> withoutDate(RawClient.Response answer) {
    return answer.fields().stream().filter(field -> !field.name().equals("Date")).toList();
  }

  @Test
  void everyFileRouteServesItsFileWithItsType() throws IOException {
    record Case(String file, String target, String type) {}
    List<Case> cases =
        List.of(
            new Case("boot/ipxe.efi", "/boot/ipxe.efi", "application/efi"),
            new Case("boot/undionly.kpxe", "/boot/undionly.kpxe", BYTES),
            new Case("boot/undionly.kpxe", "//boot//undionly.kpxe", BYTES),
            new Case("boot/lpxelinux.0", "/boot/lpxelinux.0?from=firmware", BYTES),
            new Case("boot/ldlinux.c32", "http://sluice:80/boot/ldlinux.c32", BYTES),
            new Case("boot/x86_64/vmlinuz", "/boot/x86_64/vmlinuz", BYTES),
            new Case("boot/x86_64/vmlinuz", "/boot/amd64/vmlinuz", BYTES),
            new Case("boot/x86_64/vmlinuz", "/boot/i386/vmlinuz", BYTES),
            new Case("boot/x86_64/apkovl.tar.gz", "/boot/amd64/apkovl.tar.gz", "application/gzip"),
            new Case("boot/aarch64/initramfs", "/boot/aarch64/initramfs", BYTES),
            new Case("boot/aarch64/initramfs", "/boot/arm64/initramfs", BYTES),
            new Case("boot-debian/x86_64/linux", "/boot-debian/amd64/linux", BYTES),
            new Case("boot-debian/aarch64/linux", "/boot-debian/arm64/linux", BYTES),
            new Case("pxelinux.cfg/default", "/pxelinux.cfg/default", PLAIN),
            new Case("pxelinux.cfg/default", "/boot/pxelinux.cfg/default", PLAIN),
            new Case("pxelinux.cfg/C0A80001", "/pxelinux.cfg/C0A80001", PLAIN),
            new Case("ipxe/menu.ipxe", "/ipxe/menu.ipxe", PLAIN),
            new Case("ipxe/a/b/c/deep.efi", "/ipxe/a/b//c/deep.efi", "application/efi"),
            new Case("images/disk.img", "/images/disk.img", BYTES),
            new Case("images/disk.qcow2", "/images/disk.qcow2", BYTES),
            new Case("images/d%20ü.iso", "/images/d%2520%C3%BC.iso", "application/x-iso9660-image"),
            new Case("images/d.tar.zst", "/images/d.tar.zst", "application/zstd"),
            new Case("images/52:54:00:12:34:56", "/images/52%3a54%3A00:12:34:56", BYTES),
            new Case("os/debian-13/amd64.tar.xz", "/os/debian-13/amd64", "application/x-xz"),
            new Case("os/debian-13/arm64.img", "/os/debian-13/arm64", BYTES),
            new Case("boot/not-a:mac", "/boot/not-a:mac", BYTES));
    for (Case each : cases) {
      byte[] bytes = server.write(each.file(), 300 + each.file().length());
      RawClient.Response answer = client.get(each.target());
      assertEquals(200, answer.status(), each.target());
      assertEquals(each.type(), answer.field("Content-Type"), each.target());
      assertArrayEquals(bytes, answer.body(), each.target());
    }
  }

  @Test
  void severalOperatingSystemImagesOfOneNameAreAConflictAndSidecarsAreNone() throws IOException {
    server.write("os/debian-13/amd64.tar.xz", 10);
    server.write("os/debian-13/amd64.tar.xz.sha256", 5);
    Files.createDirectories(root.resolve("os/debian-13/amd64.d"));
    assertEquals(200, client.get("/os/debian-13/amd64").status());
    server.write("os/debian-13/amd64.img", 10);
    assertEquals(409, client.get("/os/debian-13/amd64").status());
    assertEquals(404, client.get("/os/debian-13/riscv64").status());
    assertEquals(404, client.get("/os/nothing/amd64").status());
  }

  @Test
  void aMachineGetsTheDefaultScriptUnderEverySpellingOfItsAddress() throws IOException {
    List<String> spellings =
        List.of(
            "52:54:00:ab:cd:ef",
            "52-54-00-AB-CD-EF",
            "525400abcdef",
            "5254.00AB.cdef",
            "52%3A54%3a00%3aab%3acd%3aef");
    for (String spelling : spellings) {
      String discover = client.get("/boot/" + spelling).text();
      assertTrue(discover.startsWith("#!ipxe\nchain "), "no profile yet: " + discover);
    }
    byte[] script =
        server.write("profiles/default.ipxe", "#!ipxe\nshell\n".getBytes(StandardCharsets.UTF_8));
    for (String spelling : spellings) {
      for (String prefix : List.of("/", "/boot/", "//boot//")) {
        RawClient.Response answer = client.get(prefix + spelling);
        assertEquals(200, answer.status(), prefix + spelling);
        assertEquals(PLAIN, answer.field("Content-Type"));
        assertArrayEquals(script, answer.body());
      }
    }
    for (String none : List.of("52:54:00:ab:cd", "52:54-00:ab:cd:ef", "52:54:00:ab:cd:eg")) {
      assertEquals(404, client.get("/boot/" + none).status(), none);
    }
  }

  @Test
  void noAnswerIsARedirectAndEveryHeadSuitsGrub() throws IOException {
    server.write("images/disk.raw", 1000);
    Files.createDirectories(root.resolve("images/folder"));
    List<String> targets =
        List.of(
            "/images/disk.raw",
            "/images/disk.raw/",
            "/images",
            "/images/",
            "/images/folder",
            "/images/folder/",
            "/boot",
            "/boot/",
            "//boot//x",
            "/os/x/y",
            "/api/machines",
            "/static/x",
            "/metrics",
            "/readyz",
            "/favicon.ico",
            "/",
            "/nowhere");
    for (String target : targets) {
      RawClient.Response answer = client.get(target);
      assertTrue(answer.status() < 300 || answer.status() >= 400, target + answer.head());
      assertEquals("Content-Type", answer.fields().get(0).name(), answer.head());
      for (RawClient.Field field : answer.fields()) {
        boolean capitals =
            field.name().equals("ETag")
                || Arrays.stream(field.name().split("-", -1))
                    .allMatch(word -> word.matches("[A-Z][a-z]*"));
        assertTrue(capitals, field.name());
      }
      if (answer.status() == 404 && !target.startsWith("/api")) {
        assertEquals(PLAIN, answer.field("Content-Type"));
        assertTrue(answer.text().matches("404 [^\n]+\n"), answer.text());
      }
    }
    assertEquals("application/problem+json", client.get("/api/machines").field("Content-Type"));
  }
}
