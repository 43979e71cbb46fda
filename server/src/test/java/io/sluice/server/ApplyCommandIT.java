package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Machines as files say them. */
class ApplyCommandIT {
  private static final String M = "/api/v1/machines";

  @TempDir Path folder;
  private Path files;
  private RunningServer server;
  private ApiClient api;
  private String out = "";
  private String err = "";

  @BeforeEach
  void start() throws IOException {
    files = Files.createDirectories(folder.resolve("files"));
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

  private int apply(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "apply";
    all[1] = files.toString();
    System.arraycopy(options, 0, all, 2, options.length);
    return run(all);
  }

  private void file(String name, String text) throws IOException {
    Path file = files.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private int machines() throws Exception {
    return api.get(M + "?limit=1000").json().get("machines").size();
  }

  @Test
  void aFolderBecomesMachinesAndOnlyWhatChangesIsWritten() throws Exception {
    file("node1.yaml", "macs: [52:54:00:12:34:56]\nhostname: no\nvars: {vlan: 0100, on: yes}\n");
    file(
        "rack/many.yml", "machines:\n- id: node2\n  tags: [a, b]\n- {id: node3}\n---\nid: node4\n");
    file("rack/list.json", "[{\"id\": \"node5\"}]\n");
    file("rack/node6.json", "\t{\n\t\"serial\": \"SN-4711-X\"}\n");
    file("rack/.hidden.yaml", "[");
    file(".git/config.yaml", "[");
    file("README.md", "[");
    assertEquals(3, apply("--dry-run"), err);
    assertEquals(0, machines(), "a dry run writes nothing");
    assertTrue(out.endsWith("would be: 6 created, 0 changed, 0 removed, 0 unchanged\n"), out);
    assertEquals(0, apply(), err);
    assertEquals(
        "{\"on\":\"yes\",\"vlan\":\"0100\"}", api.get(M + "/node1").json().get("vars").toString());
    assertEquals("no", api.get(M + "/52-54-00-12-34-56").json().get("hostname").asText());
    assertEquals("SN-4711-X", api.get(M + "/node6").json().get("serial").asText());
    String before = api.get(M).text();
    assertEquals(0, apply("--dry-run"), err);
    assertEquals(0, apply(), err);
    assertEquals("0 created, 0 changed, 0 removed, 6 unchanged, nothing to do\n", out);
    assertEquals(before, api.get(M).text(), "no revision has changed");
    file("node1.yaml", "macs: [52:54:00:12:34:56]\nvars: {vlan: 0200, on: yes}\n");
    assertEquals(0, apply("--color", "always"), err);
    assertEquals(
        """
        \u001b[33m~ node1\u001b[0m
        \u001b[31m    - hostname: no\u001b[0m
        \u001b[33m    ~ vars.vlan: 0100 -> 0200\u001b[0m
        0 created, 1 changed, 0 removed, 5 unchanged
        """,
        out);
  }

  @Test
  void everythingThatIsWrongIsNamedWithFileAndLineAndNothingIsWritten() throws Exception {
    file("good.yaml", "macs: [525400000001]\n");
    file("a.yaml", "hostname: fine\nmacs:\n- 52:54:00:zz:00:01\n");
    file("b.yaml", "# b\n\ncolour: red\n");
    file("c.json", "{\n \"arch\": \"mips\"}");
    file("d.yaml", "- id: good\n- hostname: x\n");
    file("e.yaml", "macs: [52:54:00:00:00:01]\n");
    file("f.yaml", "tags: [a\nb: c\n");
    file("g.yaml", "id: g\nid: g\n");
    file("h.json", "{\"id\": \"h\", \"id\": \"h\"}");
    file("i.yaml", "vars: {a: {b: c}}\n");
    file("j.yaml", "secrets:\n  pw: [hunter2]\n");
    file("k.yaml", "just text\n");
    file("l.yaml", "vars: {a: !ruby/object:X y}\n");
    Files.write(files.resolve("m.yaml"), new byte[] {'h', ':', ' ', (byte) 0xfc});
    assertEquals(2, apply());
    String shown = err.replace(files + "/", "");
    for (String line :
        List.of(
            "a.yaml:2: macs: 52:54:00:zz:00:01 (expected: addresses such as",
            "b.yaml:3: colour: red (expected: one of",
            "c.json:2: arch: mips (expected: x86_64 or aarch64)",
            "d.yaml:2: id (expected: the name of the machine)",
            "good.yaml:1: id: good (expected: once; d.yaml:1 has it, too)",
            "good.yaml:1: macs: 52:54:00:00:00:01 (expected: once; e.yaml:1 has it, too)",
            "f.yaml:2: YAML (expected: well-formed; ",
            "g.yaml:2: id (expected: once)",
            "h.json:1: JSON (expected: well-formed; Duplicate field 'id')",
            "i.yaml:1: vars.a (expected: text)",
            "j.yaml:2: secrets.pw (expected: text)",
            "k.yaml:1: document (expected: a machine",
            "l.yaml:1: !ruby/object:X (expected: no tag)",
            "m.yaml (expected: UTF-8)")) {
      assertTrue(shown.contains(line), line + " in\n" + shown);
    }
    assertFalse(err.contains("hunter2"), err);
    assertEquals(14, err.lines().count(), err);
    assertEquals(0, machines());
  }

  @Test
  void addressesThatTwoFilesHaveAreNamedWithBoth() throws Exception {
    file("a.yaml", "hostname: a\nmacs: [525400000001]\n");
    file("b.yaml", "macs: [52-54-00-00-00-01]\n");
    assertEquals(2, apply());
    assertEquals(
        "b.yaml:1: macs: 52:54:00:00:00:01 (expected: once; a.yaml:2 has it, too)\n",
        err.replace(files + "/", ""));
    assertEquals(2, run("apply", files.resolve("none").toString()));
    assertTrue(err.endsWith("/none (expected: a file or folder that is there)\n"), err);
    assertEquals(2, run("apply", Files.createDirectories(folder.resolve("empty")).toString()));
    assertTrue(err.contains("(expected: at least one machine"), err);
  }

  @Test
  void pruneRemovesWhatIsNotInTheFilesButAsksFirstAndSparesWhatIsLockedOrBeingInstalled()
      throws Exception {
    for (String id : List.of("gone", "locked", "installing", "stays")) {
      assertEquals(201, api.send("PUT", M + "/" + id, "{}").status());
    }
    api.send("POST", M + "/locked/lock", "{\"reason\":\"archive\"}");
    api.send("POST", M + "/installing/install", "{}");
    file("stays.yaml", "hostname: new\n");
    assertEquals(3, apply("--dry-run", "--prune"), err);
    assertTrue(out.contains("\n- gone\n") || out.startsWith("- gone\n"), out);
    assertTrue(out.contains("! locked is kept: locked by 127.0.0.1 since "), out);
    assertTrue(out.contains("archive; unlock it first\n"), out);
    assertTrue(out.contains("! installing is kept: it is being installed"), out);
    assertEquals(2, apply("--prune"), "nobody can be asked");
    assertTrue(err.startsWith("--prune: nothing was written (expected: yes, or --yes"), err);
    assertFalse(api.get(M + "/stays").json().has("hostname"), "nothing was written");
    assertEquals(1, apply("--prune", "--yes"), "some are kept");
    assertEquals(3, machines());
    assertEquals(404, api.get(M + "/gone").status());
    api.send("POST", M + "/locked/unlock", "");
    api.send("POST", M + "/installing/cancel", "");
    assertEquals(0, apply("--prune", "--yes"), err);
    assertEquals(1, machines());
    assertEquals(0, apply("--prune"), "nothing is removed, so nobody is asked");
  }

  @Test
  void whatWasLookedAtIsWhatIsWritten() throws Exception {
    api.send("PUT", M + "/a", "{\"hostname\":\"one\"}");
    String body = "[{\"id\":\"a\",\"hostname\":\"two\"}]";
    ApiClient.Answer plan = api.send("POST", M + "?dry_run=true&prune=true", body);
    assertEquals(0, plan.json().get("written").asInt());
    assertEquals("one", plan.json().at("/changes/0/fields/0/from").asText());
    String tag = plan.header("ETag");
    api.send("PUT", M + "/b", "{}");
    assertEquals(
        412, api.send("POST", M + "?prune=true", body, "If-Match", tag).status(), "b would go");
    assertEquals(200, api.get(M + "/b").status());
    api.send("PATCH", M + "/a", "{\"hostname\":\"three\"}");
    assertEquals(412, api.send("POST", M, body, "If-Match", tag).status());
    assertEquals("three", api.get(M + "/a").json().get("hostname").asText());
    String now = api.send("POST", M + "?dry_run=true", body).header("ETag");
    assertEquals(200, api.send("POST", M, body, "If-Match", now).status());
  }

  @Test
  void aPruneThatWouldRemoveEverythingIsRefused() throws Exception {
    api.send("PUT", M + "/a", "{}");
    ApiClient.Answer refused = api.send("POST", M + "?prune=true", "[]");
    assertEquals(422, refused.status());
    assertEquals("prune", refused.json().get("field").asText());
    assertEquals(422, api.send("POST", M + "?prune=perhaps", "[]").status());
    assertEquals(422, api.send("POST", M + "?to=x", "[]").status());
    assertEquals(1, machines());
  }

  @Test
  void aFileWithNothingInItIsNotTakenForAMachineThatHasGone() throws Exception {
    api.send("PUT", M + "/b", "{}");
    file("a.yaml", "id: a\n");
    file("b.yaml", "# to be filled\n");
    assertEquals(2, apply("--prune", "--yes"));
    assertTrue(err.contains("b.yaml: empty (expected: a machine"), err);
    assertEquals(1, machines());
  }

  @Test
  void aDryRunFindsAddressesThatAreTaken() throws Exception {
    api.send("PUT", M + "/a", "{\"macs\":[\"525400000001\"]}");
    file("b.yaml", "macs: [52:54:00:00:00:01]\n");
    assertEquals(1, apply("--dry-run"));
    assertTrue(err.contains("409 b: macs (expected: no mac 52:54:00:00:00:01, which a has)"), err);
    api.send("PATCH", M + "/a", "{\"serial\":\"XYZ12345\"}");
    file("b.yaml", "serial: xyz12345\n");
    assertEquals(1, apply("--dry-run"), "a has the serial number");
    file("c.yaml", "serial: ' XYZ12345 '\n");
    assertEquals(1, apply("--dry-run"), "and both files");
    Files.delete(files.resolve("c.yaml"));
    file("b.yaml", "macs: [52:54:00:00:00:01]\n");
    file("a.yaml", "hostname: a\n");
    assertEquals(0, apply(), "a gives it up in the same breath: " + err);
    assertEquals("b", api.get(M + "/525400000001").json().get("id").asText());
  }

  @Test
  void moreThanAServerTakesAtOnceComesInPartsThatPruneTheirOwnRange() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 10_500; i++) {
      text.append("- id: m").append(10_000 + i).append('\n');
    }
    file("all.yaml", text.toString());
    for (String id : List.of("a", "m10000x", "m19999x", "m20000x", "z")) {
      api.send("PUT", M + "/" + id, "{}");
    }
    assertEquals(0, apply("--prune", "--yes"), err);
    assertTrue(out.contains("2 parts, each all or none\n"), out);
    assertTrue(out.endsWith("10500 created, 0 changed, 5 removed, 0 unchanged\n"), out);
    assertTrue(out.contains("machines more\n") || out.contains("+ m20499\n"), "all are told of");
  }

  @Test
  void linksAreFollowedAndOnesThatLeadBackAreNamed() throws Exception {
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/..data"));
    Files.writeString(elsewhere.resolve("n1.yaml"), "hostname: n1\n");
    Files.createSymbolicLink(files.resolve("n1.yaml"), elsewhere.resolve("n1.yaml"));
    Files.createDirectories(folder.resolve("more"));
    Files.writeString(folder.resolve("more/n2.yaml"), "hostname: n2\n");
    Files.createSymbolicLink(files.resolve("linked"), folder.resolve("more"));
    assertEquals(0, apply(), err);
    assertEquals(2, machines());
    Files.createSymbolicLink(files.resolve("round"), files);
    assertEquals(2, apply("--prune", "--yes"));
    assertTrue(err.contains("/round: a link (expected: one that does not lead back to "), err);
    Files.delete(files.resolve("round"));
    Files.createSymbolicLink(files.resolve("n3.yaml"), folder.resolve("missing"));
    assertEquals(2, apply("--prune", "--yes"), "what may be a machine is not passed over");
  }

  @Test
  void aFileThatUnfoldsWithoutEndIsRefused() throws Exception {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String one = "*a" + (i - 1);
      laughs.append("a").append(i).append(": &a").append(i).append(" [");
      laughs.append(String.join(", ", Collections.nCopies(10, one))).append("]\n");
    }
    file("laughs.yaml", laughs.toString());
    file("round.yaml", "vars: &v\n  a: *v\n");
    file("deep.yaml", "vars: " + "[".repeat(3000) + "\n");
    assertEquals(2, apply());
    assertEquals(3, err.lines().count(), err);
    assertTrue(err.contains("laughs.yaml:1: file (expected: at most 2000000 values)"), err);
    assertTrue(err.contains("deep.yaml:1: value (expected: at most 16 deep)"), err);
    assertTrue(err.contains("round.yaml:1: value (expected: at most 16 deep)"), err);
  }

  @Test
  void whatTheServerRefusesIsToldWithTheIdOfTheMachine() throws Exception {
    file("a.yaml", "hostname: a\n");
    file("node7.yaml", "image: missing.raw\n");
    assertEquals(1, apply());
    assertTrue(err.startsWith("422 node7: image: missing.raw (expected: an image there is"), err);
    assertEquals(0, machines());
    assertEquals(0, apply("--force"), err);
    assertEquals(2, machines());
  }

  @Test
  void aSingleFileOfAnyNameIsTaken() throws Exception {
    Path file = folder.resolve("machine.txt");
    Files.write(file, "\ufeffid: n1\r\nhostname: x\r\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(0, run("apply", file.toString(), "--json"), err);
    assertTrue(out.contains("\"created\":1"), out);
    assertEquals(1, machines());
  }
}
