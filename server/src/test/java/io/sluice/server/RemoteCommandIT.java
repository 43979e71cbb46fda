package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands that talk to a running server. */
class RemoteCommandIT {
  @TempDir Path folder;
  private Path root;
  private RunningServer server;
  private String out = "";
  private String err = "";

  @BeforeEach
  void start() throws IOException {
    root = folder.resolve("root");
    server = RunningServer.start(root, Transport.best());
  }

  /** The client keeps its connections, so nothing is looked at here. */
  @AfterEach
  void stop() {
    server.stop();
  }

  private int run(String... arguments) {
    StringWriter printed = new StringWriter();
    StringWriter complained = new StringWriter();
    CommandLine sluice = Main.commandLine(Map.of());
    sluice.setOut(new PrintWriter(printed));
    sluice.setErr(new PrintWriter(complained));
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--server";
    all[arguments.length + 1] = "http://127.0.0.1:" + server.address().getPort() + "/";
    int code = sluice.execute(all);
    out = printed.toString();
    err = complained.toString();
    return code;
  }

  private void ok(String... arguments) {
    assertEquals(0, run(arguments), err);
  }

  @Test
  void aMachineIsPutInstalledExplainedAndForgotten() throws Exception {
    ok(
        "machine",
        "put",
        "n1",
        "--mac",
        "525400000001",
        "--tag",
        "gpu",
        "--tag",
        "big",
        "--var=a=b");
    assertTrue(out.contains("macs          52:54:00:00:00:01"), out);
    ok("machine", "set", "n1", "--hostname", "node1");
    ok("machine", "list");
    assertEquals(
        """
        ID  MACS               HOSTNAME  TAGS     PROFILE  INSTALLATION  LOCK
        n1  52:54:00:00:00:01  node1     big,gpu  -        -             -
        """,
        out.replace(System.lineSeparator(), "\n"));
    ok("machine", "explain", "52-54-00-00-00-01");
    assertTrue(out.startsWith("boot local\n  the machine is n1\n"), out);
    ok("machine", "install", "n1", "--timeout", "90m", "--attempts", "3");
    assertTrue(out.contains("  timeout_seconds 5400"), out);
    ok("machine", "explain", "52-54-00-00-00-01");
    assertTrue(out.startsWith("install install\n"), out);
    ok("machine", "complete", "n1");
    ok("machine", "history", "n1");
    assertTrue(out.contains("  done     an operator said so  127.0.0.1"), out);
    ApiClient api = new ApiClient(server.address());
    String token = api.get("/api/v1/machines/n1").json().at("/installation/token").asText();
    api.send(
        "POST",
        "/api/v1/installations/" + token + "/log",
        "one\ntwo\n",
        "Content-Type",
        "text/plain");
    ok("machine", "log", "n1");
    assertEquals("one\ntwo\n", out);
    ok("machine", "list", "--state", "done", "--json");
    assertTrue(out.startsWith("{\"machines\":[{\"id\":\"n1\""), out);
    ok("machine", "delete", "n1");
    assertEquals(1, run("machine", "show", "n1"));
    assertEquals("404 n1 (expected: a machine that is known)\n", err);
  }

  @Test
  void whatIsNamedAndNotThereIsToldAndCanBeForced() {
    assertEquals(1, run("machine", "put", "n1", "--image", "debain.raw"));
    assertTrue(err.startsWith("--image: debain.raw (expected: an image there is"), err);
    ok("machine", "put", "n1", "--image", "debain.raw", "--force");
    assertEquals(1, run("machine", "install", "n1"));
    ok("machine", "install", "n1", "--force");
    assertEquals(1, run("machine", "set", "n1", "--profile", "later"));
    ok("machine", "set", "n1", "--profile", "later", "--force");
  }

  @Test
  void badUsageIs2AndASilentServerIs1() {
    assertEquals(2, run("machine"));
    assertEquals(2, run("machine", "install", "n1", "--timeout", "soon"));
    assertTrue(err.contains("--timeout: soon (expected: a time such as 90m or 4h)"), err);
    server.stop();
    assertEquals(1, run("machine", "list"));
    assertTrue(err.contains("(expected: a server that listens there)"), err);
  }

  @Test
  void machinesAreExportedAsTheyAreImported() throws IOException {
    Path file = folder.resolve("machines.csv");
    Files.writeString(file, "id,macs,tags\na,525400000001,x y\nb,525400000002,\n");
    ok("machine", "import", file.toString());
    assertEquals("2 created, 0 changed, 0 unchanged\n", out.replace(System.lineSeparator(), "\n"));
    ok("machine", "export");
    Path json = Files.writeString(folder.resolve("machines.json"), out);
    ok("machine", "import", json.toString());
    String before = out;
    ok("machine", "export", "--csv");
    assertTrue(out.contains("a,52:54:00:00:00:01,,,,,x y,,"), out + before);
  }

  @Test
  void aTableOfSeveralPagesIsExportedAsOne() throws IOException {
    StringBuilder table = new StringBuilder("id,vars.a\n");
    for (int i = 0; i < 2500; i++) {
      table.append(String.format("m%04d,x%n", i));
    }
    table.append("n,\n");
    Path file = Files.writeString(folder.resolve("machines.csv"), table);
    ok("machine", "import", file.toString());
    ok("machine", "set", "n", "--var", "b=1");
    ok("machine", "export", "--csv");
    assertEquals(2502, out.lines().count());
    assertEquals(1, out.lines().filter(line -> line.startsWith("id,macs,")).count());
    assertTrue(
        out.startsWith(
            "id,macs,uuid,serial,hostname,arch,tags,profile,image,disk,ssh_keys,vars.a,vars.b"));
    Files.writeString(file, out);
    ok("machine", "import", file.toString());
    String value = "v".repeat(1000);
    ok("machine", "set", "n", "--var", "b=" + value);
    ok("machine", "export");
    Path json = folder.resolve("machines.json");
    Files.writeString(json, out.replace("\"x\"", "\"" + value + "\""));
    assertTrue(Files.size(json) > 2 * 1024 * 1024);
    ok("machine", "import", json.toString());
    assertEquals(
        2500,
        out.lines()
            .mapToInt(
                line -> Integer.parseInt(line.replaceAll(".* created, (\\d+) changed.*", "$1")))
            .sum());
  }

  @Test
  void withoutTheTokenNothingIsExportedThatWouldDeleteSecrets() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "correct-horse-battery");
    server.stop();
    server = RunningServer.start(root, Transport.best(), "api-token-file=" + token);
    String holder = "--api-token-file=" + token;
    ok("machine", "put", "n1", "--mac", "525400000001", holder);
    ok("machine", "export");
    ok("machine", "set", "n1", "--secret", "a=b", holder);
    assertEquals(1, run("machine", "export"));
    assertTrue(err.contains("expected: --api-token-file"), err);
    assertEquals("", out);
    ok("machine", "export", holder);
    assertTrue(out.contains("\"a\" : \"b\""), out);
  }

  @Test
  void profilesAreListedAndRendered() throws IOException {
    Files.createDirectories(root.resolve("profiles"));
    Files.writeString(root.resolve("profiles/bad.ipxe"), "{{ nonsense }}");
    ok("profile", "list");
    assertTrue(out.contains("profiles/bad.ipxe:1: nonsense (expected: a name"), out);
    ok("machine", "put", "n1", "--mac", "525400000001");
    ok("profile", "render", "local", "--machine", "n1");
    assertTrue(out.startsWith("#!ipxe\n"), out);
    assertEquals(1, run("profile", "render", "bad"));
    assertTrue(err.contains("profiles/bad.ipxe:1"), err);
  }

  @Test
  void anImageIsUploadedGoneOnWithListedAndDeleted() throws IOException {
    byte[] bytes = new byte[2_500_000];
    new Random(7).nextBytes(bytes);
    Path file = Files.write(folder.resolve("disk.raw"), bytes);
    Files.createDirectories(root.resolve("images"));
    Files.write(root.resolve("images/.disk.raw.upload"), Arrays.copyOf(bytes, 1_000_000));
    ok("image", "upload", file.toString());
    assertArrayEquals(bytes, Files.readAllBytes(root.resolve("images/disk.raw")));
    ok("image", "upload", file.toString(), "--name", "other.raw");
    ok("image", "list");
    assertTrue(out.contains("disk.raw   raw     2500000  2500000"), out);
    ok("image", "delete", "disk.raw");
    assertEquals(1, run("image", "delete", "disk.raw"));
  }

  @Test
  void anUploadGoesOnWithItsOwnPartAndWithNoOther() throws Exception {
    byte[] bytes = new byte[2_500_000];
    new Random(8).nextBytes(bytes);
    Path file = Files.write(folder.resolve("disk.raw"), bytes);
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    String digest = Base64.getEncoder().encodeToString(sha256.digest(bytes));
    ApiClient api = new ApiClient(server.address());
    String image = "/api/v1/images/disk.raw";
    api.send("PUT", image, new byte[1000], "Content-Range", "bytes 0-999/2500000");
    ok("image", "list");
    assertTrue(out.contains("Not all has come of:"), out);
    ok("image", "list", "--unfinished");
    assertTrue(out.contains("disk.raw  1000      2500000  false"), out);
    ok("image", "upload", file.toString());
    assertFalse(err.contains("goes on"), err);
    assertArrayEquals(bytes, Files.readAllBytes(root.resolve("images/disk.raw")));
    ApiClient.Answer half =
        api.send(
            "PUT",
            image,
            Arrays.copyOf(bytes, 1_000_000),
            "Repr-Digest",
            "sha-256=:" + digest + ":",
            "Content-Range",
            "bytes 0-999999/2500000");
    assertEquals(202, half.status(), half.text());
    ok("image", "upload", file.toString());
    assertTrue(err.contains("disk.raw: goes on at 1000000 of 2500000 bytes"), err);
    assertArrayEquals(bytes, Files.readAllBytes(root.resolve("images/disk.raw")));
    Files.createDirectories(root.resolve("images/folder.raw"));
    assertEquals(1, run("image", "upload", file.toString(), "--name", "folder.raw"));
    assertEquals(
        "409 folder.raw is a folder (expected: a name that is free or an image's)", err.strip());
  }

  @Test
  void aFolderOfManyImagesIsListedPageByPage() throws IOException {
    for (int i = 0; i < 1205; i++) {
      Files.write(root.resolve(String.format("images/i%04d.raw", i)), new byte[1]);
    }
    ApiClient api = new ApiClient(server.address());
    assertEquals(100, api.get("/api/v1/images").json().get("images").size());
    assertEquals("i0099.raw", api.get("/api/v1/images").json().get("next").asText());
    assertEquals(422, api.get("/api/v1/images?limit=1001").status());
    assertEquals(422, api.get("/api/v1/images?page=2").status());
    ok("image", "list");
    assertEquals(1206, out.lines().count());
    assertEquals(1, out.lines().filter(line -> line.startsWith("i1204.raw ")).count());
  }

  @Test
  void aDhcpServerIsToldWhatTheServerCallsItself() throws IOException {
    server.stop();
    server = RunningServer.start(root, Transport.best(), "public-url=http://10.1.0.1:8080");
    ok("dhcp-config", "dnsmasq", "--interface", "there0", "--subnet", "10.1.0.0/16");
    assertTrue(out.contains("dhcp-boot=tag:ipxe,http://10.1.0.1:8080/boot/${mac},"), out);
  }
}
