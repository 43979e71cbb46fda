package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What operators type to change machines, and what they are told when it is wrong. */
class RemoteEditsIT {
  @TempDir Path folder;
  private RunningServer server;
  private ApiClient api;
  private String out = "";
  private String err = "";

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(folder.resolve("root"), Transport.best());
    api = new ApiClient(server.address());
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
    out = printed.toString().replace(System.lineSeparator(), "\n");
    err = complained.toString().replace(System.lineSeparator(), "\n");
    return code;
  }

  private void ok(String line) {
    assertEquals(0, run(line.split(" ", -1)), err);
  }

  @Test
  void severalMachinesAreSetToBeInstalledAndTakenBackAtOnce() throws Exception {
    ok("machine put a --tag gpu");
    ok("machine put b --tag gpu");
    ok("machine put c --mac 525400000003");
    ok("machine put locked --tag gpu");
    ok("machine lock locked --reason archive");
    assertEquals(1, run("machine", "install", "--tag", "gpu", "52-54-00-00-00-03", "nobody"));
    assertEquals("52-54-00-00-00-03: wanted install\na: wanted install\nb: wanted install\n", out);
    assertTrue(err.contains("nobody: 404 nobody (expected: a machine that is known)\n"), err);
    assertTrue(err.contains("locked: 409 locked: locked by 127.0.0.1 since "), err);
    assertTrue(err.endsWith("2 of 5 machines: refused, see above\n"), err);
    assertEquals(3, api.get("/api/v1/machines?state=wanted").json().get("machines").size());
    ok("machine cancel a b c");
    assertEquals("a: cancelled install\nb: cancelled install\nc: cancelled install\n", out);
    assertEquals(0, api.get("/api/v1/machines?state=wanted").json().get("machines").size());
    assertEquals(1, run("machine", "install", "--tag", "gpux"));
    assertEquals("--tag: gpux (expected: a tag that a machine has)\n", err);
    assertEquals(2, run("machine", "install"));
    assertTrue(err.contains("ID: none given (expected: at least one, or --tag)"), err);
  }

  @Test
  void aVariableATagAnAddressCanBeTakenFromAMachine() throws Exception {
    ok(
        "machine put a --mac 525400000001 --mac 525400000002 --tag x --tag y --var k=v --var l=w"
            + " --secret s=t --hostname h");
    ok(
        "machine set a --remove-mac 52-54-00-00-00-01 --remove-tag x --add-tag z --unset-var k"
            + " --unset-secret s --var m=1");
    String machine = api.get("/api/v1/machines/a").text();
    assertTrue(machine.contains("\"macs\":[\"52:54:00:00:00:02\"]"), machine);
    assertTrue(machine.contains("\"tags\":[\"y\",\"z\"]"), machine);
    assertTrue(machine.contains("\"vars\":{\"l\":\"w\",\"m\":\"1\"}"), machine);
    assertTrue(machine.contains("\"hostname\":\"h\""), machine);
    assertFalse(machine.contains("secrets"), machine);
    assertEquals(1, run("machine", "set", "a", "--remove-tag", "x"));
    assertEquals("--remove-tag: x (expected: one of its tags: y, z)\n", err);
    assertEquals(1, run("machine", "set", "a", "--unset-var", "k"));
    assertEquals("--unset-var: k (expected: one of its vars: l, m)\n", err);
    ok("machine set a --add-mac 525400000001 --remove-mac 525400000002");
    assertTrue(out.contains("macs          52:54:00:00:00:01\n"), out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "machine put n1 --mac zz; --mac: zz (expected: addresses such as 52:54:00:12:34:56)",
        "machine set n0 --add-mac zz; --add-mac: zz (expected: addresses such as 52:54:00:12:34:56)",
        "machine put n1 --arch mips; --arch: mips (expected: x86_64 or aarch64)",
        "machine set n0 --hostname -; --hostname: - (expected: a host name as RFC 1123 has it)",
        "machine put n1 --tag ok --tag a,b; --tag: ok, a,b (expected: at most 64, each of letters",
        "machine put n1 --var a.b=c; --var: a.b=c (expected: a name of letters, digits, hyphens",
        "machine put n1 --secret a.b=hidden; --secret: a.b (expected: a name of letters",
        "machine install n0 --attempts 99999; --attempts: 99999 (expected: a number from 0 to 9999)",
        "machine install n0 --proof none; --proof: none (expected: ",
        "machine install n0 --profile nstall; --profile: nstall (expected: ",
        "machine list --state open; --state: open (expected: one of none, wanted, running",
        "machine history n0 --limit 0; --limit: 0 (expected: a number from 1 to 1000)",
        "profile render local --form pxe; --form: pxe (expected: ipxe, pxelinux or grub)",
        "profile render local --machine node; --machine: node (expected: one that is known, such as noda)",
        "machine show nodb; 404 nodb (expected: a machine that is known, such as noda)",
        "profile render instal; 404 instal (expected: a profile with a form ipxe, such as install)",
      })
  void whatIsWrongIsToldInTheWordsOfTheCommandLine(String line, String told) {
    ok("machine put n0");
    ok("machine put noda");
    assertEquals(1, run(line.split(" ", -1)));
    assertTrue(err.startsWith(told), err);
    assertEquals(1, err.lines().count(), err);
    assertFalse(err.contains("hidden"), err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "machine history a --limit x; sluice machine history: --limit: x (expected: a whole number)",
        "machine set a --var none; sluice machine set: --var: none (expected: NAME=VALUE)",
        "apply x --color red; sluice apply: --color: red (expected: auto, always, never)",
        "machine install a --attempts y; --attempts: y (expected: a whole number)",
      })
  void aValueThatIsNoneOfItsOptionIsToldWithBoth(String line, String told) {
    assertEquals(2, run(line.split(" ", -1)));
    assertTrue(err.contains(told), err);
    assertEquals(1, err.lines().count());
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertEquals(1, run("image", "upload", folder + "/none.raw"));
    assertEquals(folder + "/none.raw (expected: a file that is there)\n", err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "machin list; did you mean machine",
        "machine instal n1; did you mean install",
        "machine list --stat done; did you mean --state",
        "aply x; did you mean apply",
        "serve --liste=1; did you mean --listen",
      })
  void whatIsMistypedGetsASuggestion(String line, String meant) {
    StringWriter complained = new StringWriter();
    int code =
        Main.commandLine(Map.of())
            .setErr(new PrintWriter(complained, true))
            .execute(line.split(" ", -1));
    assertEquals(2, code);
    assertTrue(complained.toString().contains(meant), complained.toString());
    assertEquals(1, complained.toString().lines().count());
  }

  @Test
  void explainTakesAnIdAsWellAsAnAddress() {
    ok("machine put a --mac 525400000001");
    ok("machine put b --uuid 3f2a9c1e-58d4-4b07-9e63-2a71c05d9f84");
    ok("machine put c");
    for (String name : new String[] {"a", "52:54:00:00:00:01", "b", "c"}) {
      ok("machine explain " + name);
      assertTrue(out.startsWith("boot local\n  the machine is "), name + out);
    }
    ok("machine explain 52:54:00:00:00:09");
    assertTrue(out.contains("the machine is not known"), out);
    assertEquals(1, run("machine", "explain", "d"));
    assertTrue(err.contains("machine: d (expected: one that is known"), err);
  }

  @Test
  void aMachineIsShownToPeopleWithoutJson() {
    ok("machine put a --mac 525400000001 --mac 525400000002 --tag x --var k=v --secret s=t");
    ok("machine install a");
    ok("machine lock a --reason why");
    ok("machine show a");
    assertFalse(out.contains("{") || out.contains("[") || out.contains("\""), out);
    assertTrue(out.contains("macs          52:54:00:00:00:01 52:54:00:00:00:02\n"), out);
    assertTrue(out.contains("vars\n  k           v\n"), out);
    assertTrue(out.contains("installation\n  state       wanted\n"), out);
    assertTrue(out.contains("lock          by 127.0.0.1 since "), out);
    ok("machine show a --json");
    assertTrue(out.startsWith("{\"id\":\"a\""), out);
  }

  @Test
  void aProfileThatInstallsIsRenderedForAnyMachineWithATokenThatIsNone() {
    ok("machine put a --mac 525400000001");
    ok("profile render install --machine a");
    assertTrue(out.contains("/api/v1/installations/preview-no-token/complete"), out);
    assertTrue(err.startsWith("no installation is open: preview-no-token "), err);
    ok("profile render install --machine a --image debian.raw");
    assertTrue(out.contains("/images/debian.raw?install=preview-no-token"), out);
    ok("machine install a");
    ok("profile render install --machine a");
    assertFalse(out.contains("preview-no-token"), out);
    assertEquals("", err);
  }

  @Test
  void aTableInAnotherCharsetIsConvertedOrRefused() throws Exception {
    String text = "id,vars.place\na,Küche\n";
    Path file = folder.resolve("m.csv");
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(1, run("machine", "import", file.toString()));
    assertEquals(
        "400 line 2 (expected: text in UTF-8; another charset takes a byte order mark, or"
            + " charset= in Content-Type, as in text/csv; charset=iso-8859-1)\n",
        err);
    assertEquals(0, api.get("/api/v1/machines").json().get("machines").size());
    assertEquals(0, run("machine", "import", "--charset", "iso-8859-1", file.toString()), err);
    assertPlace();
    for (Charset charset :
        new Charset[] {
          StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE
        }) {
      api.send("DELETE", "/api/v1/machines/a", "");
      Files.write(file, ("\ufeff" + text).getBytes(charset));
      assertEquals(0, run("machine", "import", file.toString()), charset + err);
      assertPlace();
    }
    Files.write(file, text.getBytes(StandardCharsets.UTF_16LE));
    assertEquals(1, run("machine", "import", file.toString()));
    assertTrue(err.startsWith("400 line 2 (expected: text in UTF-8; "), err);
    Files.write(file, text.replace('ü', 'u').getBytes(StandardCharsets.UTF_16LE));
    assertEquals(1, run("machine", "import", file.toString()));
    assertTrue(err.startsWith("400 line 1 (expected: text in UTF-8; "), err);
    assertEquals(1, run("machine", "import", "--charset", "klingon", file.toString()));
    assertTrue(err.startsWith("415 Content-Type: charset=klingon (expected: "), err);
    assertEquals(1, run("machine", "import", folder.resolve("none.csv").toString()));
    assertTrue(err.startsWith("FILE: "), err);
  }

  private void assertPlace() throws Exception {
    assertEquals("Küche", api.get("/api/v1/machines/a").json().at("/vars/place").asText());
  }
}
