package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.files.KnownDigests;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.EndpointClass;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.http.RouteTable;
import io.sluice.server.http.arrival.Arrival;
import io.sluice.server.net.Receiver;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.status.InfraEndpoints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesTest {
  @TempDir private Path root;

  /** A table whose pool, and with it the file system, must not be touched. */
  static RouteTable withoutFiles() {
    return table(Path.of("/nonexistent"), task -> fail("a file was looked for"));
  }

  private static RouteTable table(Path root, Executor pool) {
    // Files made by a test count as old, so that none is looked at twice.
    Clock clock = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    FileEndpoints files =
        new FileEndpoints(
            new ServedRoot(root), new OpenFiles(clock), KnownDigests.NONE, pool, clock);
    return Routes.table(
        files,
        files.file("images/{name}"),
        new InfraEndpoints(null, true, () -> "", pool),
        MachineEndpoints.knowingNone(new ServedRoot(root), pool, clock));
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    // A machine, in every spelling.
    "/boot/52:54:00:12:34:56,                boot",
    "/boot/52-54-00-12-34-56,                boot",
    "/boot/5254.0012.3456,                   boot",
    "/boot/525400123456,                     boot",
    "/boot/52:54:00:AB:CD:EF,                boot",
    "/boot/grub.cfg,                         boot_asset",
    "/boot/grub.cfg/52:54:00:12:34:56,       boot",
    "/boot/52%3A54%3a00%3A12%3A34%3A56,      boot",
    "//boot//52:54:00:12:34:56,              boot",
    "/boot/52:54:00:12:34:56/,               boot",
    "/boot/52:54:00:12:34:56?arch=x86_64,    boot",
    "/52:54:00:12:34:56,                     boot",
    "/52-54-00-12-34-56,                     boot",
    "/5254.0012.3456,                        boot",
    "/525400123456,                          boot",
    "/%35%32%35%34%30%30123456,              boot",
    "http://h:8080/boot/525400123456,        boot",
    // Something else in its place.
    "/boot/52:54:00-12-34-56,                boot_asset",
    "/boot/52:54:00:12:34,                   boot_asset",
    "/boot/52:54:00:12:34:5g,                boot_asset",
    "/52:54:00-12-34-56,                     other",
    "/52:54:00:12:34,                        other",
    // Boot files.
    "/boot/ipxe.efi,                         boot_asset",
    "/boot/undionly.kpxe,                    boot_asset",
    "//boot/ldlinux.c32,                     boot_asset",
    "/boot/x86_64/vmlinuz,                   boot_asset",
    "/boot/amd64/vmlinuz,                    boot_asset",
    "/boot/i386/vmlinuz,                     boot_asset",
    "/boot/aarch64/initramfs,                boot_asset",
    "/boot/arm64/initramfs,                  boot_asset",
    "/boot/amd64/52:54:00:12:34:56,          boot_asset",
    "/boot/riscv64/vmlinuz,                  other",
    "/boot/x86_64/a/b,                       other",
    "/boot,                                  other",
    "/boot/,                                 other",
    "/boot?52:54:00:12:34:56,                other",
    "/Boot/ipxe.efi,                         other",
    "/boot-debian/x86_64/linux,              boot_debian_asset",
    "/boot-debian/amd64/linux,               boot_debian_asset",
    "/boot-debian/i386/linux,                boot_debian_asset",
    "/boot-debian/arm64/initrd.gz,           boot_debian_asset",
    "/boot-debian/aarch64/initrd.gz,         boot_debian_asset",
    "/boot-debian/linux,                     other",
    "/boot-debian/52:54:00:12:34:56,         other",
    "/boot-debian/mips/linux,                other",
    // PXELINUX.
    "/pxelinux.cfg/default,                  pxelinux_config",
    "/pxelinux.cfg/01-52-54-00-12-34-56,     pxelinux_config",
    "/pxelinux.cfg/C0A80105,                 pxelinux_config",
    "/boot/pxelinux.cfg/default,             pxelinux_config",
    "/boot/pxelinux.cfg/52:54:00:12:34:56,   pxelinux_config",
    "/boot//pxelinux.cfg//default,           pxelinux_config",
    "/pxelinux.cfg,                          other",
    "/pxelinux.cfg/a/b,                      other",
    "/boot/pxelinux.cfg,                     boot_asset",
    // iPXE.
    "/ipxe/boot.ipxe,                        ipxe_artifact",
    "/ipxe/x86_64/deep/down/snponly.efi,     ipxe_artifact",
    "/ipxe/52:54:00:12:34:56,                ipxe_artifact",
    "/ipxe,                                  other",
    // Images.
    "/images/debian.raw,                     image",
    "/images/debian.raw.zst,                 image",
    "/images/debian.raw?name=/metrics,       image",
    "/images/a%20b.img,                      image",
    "/images,                                other",
    "/images/a/b.raw,                        other",
    "/images/a%2fb.raw,                      other",
    // Operating systems.
    "/os/debian-13/amd64,                    os_image",
    "/os/debian-13/arm64,                    os_image",
    "/os/debian-13/anything,                 os_image",
    "/os/debian-13,                          other",
    "/os/debian-13/amd64/x,                  other",
    // JSON.
    "/api,                                   api",
    "/api/,                                  api",
    "/api/v1/machines/52:54:00:12:34:56,     api",
    "/apis,                                  other",
    // The server itself.
    "/,                                      infra",
    "//,                                     infra",
    "/?x,                                    infra",
    "/metrics,                               infra",
    "/metrics/,                              infra",
    "/metrics?name[]=up,                     infra",
    "/healthz,                               infra",
    "/readyz,                                infra",
    "/favicon.ico,                           infra",
    "/static/a.css,                          infra",
    "/static/a/b.js,                         infra",
    "/metrics/x,                             other",
    "/healthz/x,                             other",
    // Nothing.
    "/wp-login.php,                          other",
    "/profiles/default.ipxe,                 other",
    "/cache/x,                               other",
    "/state/sluice.db,                       other",
    "/os.tar,                                other",
    // Hostile.
    "'',                                     other",
    "*,                                      other",
    "boot/ipxe.efi,                          other",
    "/boot/../metrics,                       other",
    "/boot/..,                               other",
    "/images/%2e%2e/boot/ipxe.efi,           other",
    "/images/..%2f..%2fetc%2fpasswd,         other",
    "/images/%00,                            other",
    "/images/a%0d%0ab,                       other",
    "/images/%,                              other",
    "/images/%zz,                            other",
    "/images/%c0%ae%c0%ae,                   other",
    "/images/x#y,                            other",
    "/bad-request,                           other",
    "ftp://h/boot/ipxe.efi,                  other",
    "http://h?/boot/ipxe.efi,                infra",
    "/boot/525400123456%00,                  other",
  })
  void theClassIsFoundFromThePathAlone(String target, String label) {
    assertEquals(label, withoutFiles().find(target).endpointClass().label());
  }

  @ParameterizedTest(name = "{0} is answered from {1}")
  @CsvSource({
    "/boot/52:54:00:12:34:56,        profiles/default.ipxe,     text/plain; charset=utf-8",
    "/5254.0012.3456,                profiles/default.ipxe,     text/plain; charset=utf-8",
    "/boot/ipxe.efi,                 boot/ipxe.efi,             application/efi",
    "/boot/x86_64/vmlinuz,           boot/x86_64/vmlinuz,       application/octet-stream",
    "/boot/amd64/vmlinuz,            boot/x86_64/vmlinuz,       application/octet-stream",
    "/boot/i386/vmlinuz,             boot/x86_64/vmlinuz,       application/octet-stream",
    "/boot/arm64/vmlinuz,            boot/aarch64/vmlinuz,      application/octet-stream",
    "/boot/aarch64/vmlinuz,          boot/aarch64/vmlinuz,      application/octet-stream",
    "/boot-debian/i386/linux,        boot-debian/x86_64/linux,  application/octet-stream",
    "/boot-debian/arm64/linux,       boot-debian/aarch64/linux, application/octet-stream",
    "/pxelinux.cfg/default,          pxelinux.cfg/default,      text/plain; charset=utf-8",
    "/boot/pxelinux.cfg/default,     pxelinux.cfg/default,      text/plain; charset=utf-8",
    "/ipxe/boot.ipxe,                ipxe/boot.ipxe,            text/plain; charset=utf-8",
    "/ipxe/a/b/c.efi,                ipxe/a/b/c.efi,            application/efi",
    "/images/disk.raw,               images/disk.raw,           application/octet-stream",
    "/images/a%20%7Bname%7D%24.iso,  images/a {name}$.iso,      application/x-iso9660-image",
    "/os/debian-13/amd64,            os/debian-13/amd64.tar.xz, application/x-xz",
  })
  void everyRouteAnswersFromItsPlaceUnderTheRoot(String target, String file, String type)
      throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, file);
    Reply.Page page = assertInstanceOf(Reply.Page.class, answer(target));
    assertEquals(type, page.contentType());
    assertEquals(file, new String(page.body(), StandardCharsets.UTF_8));
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "/healthz, 200",
    "/readyz, 200",
    "/, 200",
    "/favicon.ico, 200",
    "/metrics, 503",
    "/static/a.css, 404",
    "/api, 404",
    "/api/v1, 404",
    "/boot/52:54:00:12:34:56, 200",
    "/images/none.raw, 404",
    "/os/none/amd64, 404",
  })
  void everyOtherRouteAnswersToo(String target, int status) {
    assertEquals(status, answer(target).status().code());
  }

  private Reply answer(String target) {
    RouteTable table = table(root, Runnable::run);
    RequestTarget.Path path =
        assertInstanceOf(RequestTarget.Path.class, RequestTarget.parse(target));
    RouteTable.Match match = table.find(target).match().orElseThrow();
    return match
        .endpoint()
        .answer(new Request(HttpMethod.GET, path, match.parameters(), new DefaultHttpHeaders()))
        .toCompletableFuture()
        .join();
  }

  @ParameterizedTest
  @CsvSource({"true, 200", "false, 503"})
  void readinessIsAskedForEachTime(boolean ready, int status) {
    InfraEndpoints infra =
        new InfraEndpoints(null, true, () -> ready ? "" : "not ready", Runnable::run);
    Request request =
        new Request(
            HttpMethod.GET,
            (RequestTarget.Path) RequestTarget.parse("/readyz"),
            Map.of(),
            new DefaultHttpHeaders());
    Reply reply = infra.ready().answer(request).toCompletableFuture().join();
    assertEquals(status, reply.status().code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/a?mac=52:54:00:12:34:56",
        "/images/a?mac=52%3A54%3a00%3A12%3A34%3A56",
        "/images/a?x=1&mac=52-54-00-12-34-56",
        "/images/a?mac=525400123456&x",
        "/images/a?x=%&mac=525400123456&y=%zz",
        "http://h:80/images/a?mac=5254.0012.3456",
        "/images/a?mac=52:54:00:12:34:56&mac=52:54:00:12:34:57"
      })
  void theMachineThatTheRequestNamesIsTheOneThatHasTheTurn(String target) {
    assertEquals(new Receiver("52:54:00:12:34:56"), receiver("10.0.0.1", 1, target));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/a",
        "/images/a?",
        "/images/a?mac",
        "/images/a?mac=",
        "/images/a?mac=me",
        "/images/a?MAC=525400123456",
        "/images/mac=525400123456",
        "/images/a?mac=%zz",
        "/images/a?%=%",
        "/images/a?mac=000000000000",
        "/images/a?mac=ffffffffffff",
      })
  void aRequestThatNamesNoMachineIsForItsAddressWhateverItsPort(String target) {
    assertEquals(new Receiver("10.0.0.1"), receiver("10.0.0.1", 1, target));
    assertEquals(new Receiver("10.0.0.1"), receiver("10.0.0.1", 2, target));
  }

  private static Receiver receiver(String address, int port, String target) {
    DefaultHttpHeaders headers = new DefaultHttpHeaders();
    return Routes.receiver(
        new Request(
            HttpMethod.GET,
            (RequestTarget.Path) RequestTarget.parse(target),
            Map.of(),
            headers,
            Arrival.straight(new InetSocketAddress(address, port), headers)));
  }

  @ParameterizedTest
  @CsvSource({
    "/images/a, true",
    "/os/debian/amd64, true",
    "/boot/a, false",
    "/ipxe/a, false",
    "/api/a, false"
  })
  void imagesAreStreamsFromAMebibyteOnAndNothingElseIs(String target, boolean stream) {
    long least = withoutFiles().find(target).match().orElseThrow().streamBytes();
    assertEquals(stream ? 1024 * 1024 : Long.MAX_VALUE, least);
  }

  @Test
  void namesThatAreNoArchitectureLeadNowhere() {
    for (String other : List.of("X86_64", "i686", "riscv64", "x86", "arm")) {
      assertEquals(
          EndpointClass.OTHER, withoutFiles().find("/boot/" + other + "/a").endpointClass());
    }
  }
}
