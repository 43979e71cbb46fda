package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose machine a request is, and whose it is not. */
@ExtendWith(NothingLeaks.class)
class WhoAsksIT {
  private static final String M = "/api/v1/machines/";
  private static final String MAC = "52:54:00:aa:00:01";
  private static final String UUID = "4c4c4544-0044-4210-8031-b4c04f4b4e32";
  private static final String STRANGER = "/boot/de:ad:be:ef:00:99";
  private static final String INSTALLS = "sluice.complete=";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private String get(String target, String... headers) throws IOException {
    return api.get(target, headers).text();
  }

  private void installing(String id, String document) throws IOException {
    assertEquals(201, api.send("PUT", M + id, document).status());
    assertEquals(200, api.send("POST", M + id + "/install", "{}").status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"uuid\":\"03000200-0400-0500-0006-000700080009\"} | uuid | 03000200-0400",
        "{\"uuid\":\"00020003-0004-0005-0006-000700080009\"} | uuid | 00020003-0004",
        "{\"uuid\":\"FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE\"} | uuid | fefefefe-fefe",
        "{\"serial\":\"To Be Filled By O.E.M.\"} | serial | To Be Filled By O.E.M.",
        "{\"serial\":\" default STRING \"} | serial | default STRING",
        "{\"macs\":[\"00:00:00:00:00:00\"]} | macs | 00:00:00:00:00:00",
        "{\"macs\":[\"52:54:00:aa:00:01\",\"FFFFFFFFFFFF\"]} | macs | FFFFFFFFFFFF",
        "{\"macs\":[\"01-00-5e-00-00-01\"]} | macs | 01-00-5e-00-00-01"
      })
  void anIdentifierOfNobodyIsRefusedByItsNameInEveryWrite(
      String document, String field, String value) throws IOException {
    ApiClient.Answer put = api.send("PUT", M + "a", document);
    assertEquals(422, put.status());
    assertEquals(field, put.json().get("field").asText());
    assertTrue(put.json().get("detail").asText().contains(field + ": " + value), put.text());
    api.send("PUT", M + "b", "{}");
    assertEquals(422, api.send("PATCH", M + "b", document).status());
    String withId = document.replace("{", "{\"id\":\"c\",");
    ApiClient.Answer json = api.send("POST", "/api/v1/machines", "[" + withId + "]");
    assertEquals(422, json.status());
    assertTrue(json.text().contains(value), json.text());
    String table = "id," + field + "\nc,\"" + value + "\"\n";
    if (!field.equals("uuid")) {
      ApiClient.Answer csv =
          api.send("POST", "/api/v1/machines", table, "Content-Type", "text/csv");
      assertEquals(422, csv.status());
      assertTrue(csv.text().contains("line 2: " + field + ": " + value), csv.text());
    }
  }

  @Test
  void aMacOfNobodyMakesNoMachine() throws IOException {
    assertEquals(422, api.send("PUT", M + "ff:ff:ff:ff:ff:ff", "{}").status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?uuid=" + UUID,
        "?uuid=4C4C4544-0044-4210-8031-B4C04F4B4E32",
        "?serial=J1K2L3",
        "?serial=%20j1k2l3%20",
        "?mac=" + MAC + "&uuid=" + UUID,
        "?uuid=" + UUID + "&serial=J1K2L3&arch=x86_64&platform=efi"
      })
  void aMachineWithMacsIsNotInstalledByItsUuidOrSerialNumber(String query) throws IOException {
    installing(
        "node-a", "{\"macs\":[\"" + MAC + "\"],\"uuid\":\"" + UUID + "\",\"serial\":\"J1K2L3\"}");
    assertFalse(get(STRANGER + query).contains(INSTALLS));
    assertFalse(get("/boot/grub.cfg/de:ad:be:ef:00:99" + query).contains(INSTALLS));
    assertFalse(get("/boot/00:00:00:00:00:00?uuid=" + UUID).contains(INSTALLS));
    assertFalse(get("/pxelinux.cfg/" + UUID).contains("sluice."));
    assertTrue(get("/boot/" + MAC).contains(INSTALLS));
    JsonNode explained = api.get("/api/v1/explain?mac=deadbeef0099&serial=j1K2l3").json();
    assertEquals("node-a", explained.path("machine").asText(), explained.toString());
    assertEquals("boot", explained.path("decision").asText());
    assertTrue(explained.toString().contains("de:ad:be:ef:00:99 is none of its MAC addresses"));
    JsonNode nameless = api.get("/api/v1/explain?uuid=" + UUID).json();
    assertTrue(nameless.toString().contains("no MAC address is named"), nameless.toString());
  }

  /** PXELINUX asks for its UUID before it asks for its MAC address, and takes the first answer. */
  @Test
  void pxelinuxIsLedToItsMacAddress() throws IOException {
    String pxelinux = "/pxelinux.cfg/" + UUID;
    String byMac = "/pxelinux.cfg/01-52-54-00-aa-00-01";
    api.send("PUT", M + "a", "{\"macs\":[\"" + MAC + "\"],\"uuid\":\"" + UUID + "\"}");
    assertTrue(get(pxelinux).contains("LOCALBOOT"));
    api.send("POST", M + "a/install", "{}");
    assertEquals(404, api.get(pxelinux).status());
    assertTrue(get(byMac).contains(INSTALLS));
    assertTrue(get(pxelinux, "Cookie", "_Syslinux_BOOTIF=01-52-54-00-aa-00-01").contains(INSTALLS));
  }

  @Test
  void aMachineWithoutMacsIsInstalledByItsUuidOrSerialNumber() throws IOException {
    installing("board", "{\"uuid\":\"" + UUID + "\"}");
    installing("chassis", "{\"serial\":\" CZJ1234 \"}");
    assertTrue(get(STRANGER + "?uuid=" + UUID).contains(INSTALLS));
    assertTrue(get(STRANGER + "?serial=czj1234").contains(INSTALLS));
    assertEquals("CZJ1234", api.get(M + "chassis").json().path("serial").asText());
    ApiClient.Answer same = api.send("PUT", M + "other", "{\"serial\":\"czJ1234\"}");
    assertEquals(409, same.status());
    assertEquals("serial", same.json().path("field").asText());
  }

  @Test
  void anIdentifierOfNobodyIsPassedOverAndTheExplanationSaysSo() throws IOException {
    JsonNode explained =
        api.get(
                "/api/v1/explain?mac=ffffffffffff&uuid=03000200-0400-0500-0006-000700080009"
                    + "&serial=Default%20string")
            .json();
    String reasons = explained.get("reasons").toString();
    assertTrue(reasons.contains("ff:ff:ff:ff:ff:ff is no card's"), reasons);
    assertTrue(reasons.contains("03000200-0400-0500-0006-000700080009 is that of many"), reasons);
    assertTrue(reasons.contains("serial number is one that many"), reasons);
    assertEquals(200, api.get("/boot/00:00:00:00:00:00").status());
    assertEquals(200, api.get("/boot/00:00:00:00:00:00?arch=x86_64&platform=efi").status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "platform=",
        "platform=riscv",
        "platform=%",
        "uuid=&serial=100%&arch=&platform=",
        "uuid=x&serial=%&arch=x86_64&platform=pcbios",
        "platform=pcbios&serial=%zz",
        "a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1"
            + "&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s&t&u&v&w&x&y&z&platform=efi"
      })
  void discoverAsksOnce(String query) throws IOException {
    assertTrue(get(STRANGER).contains("chain "));
    String second = get(STRANGER + "?" + query);
    assertFalse(second.contains("chain "), second);
    assertTrue(second.contains("sanboot"), second);
  }

  @Test
  void aBadEscapeCostsNoOtherParameter() throws IOException {
    server.write(
        "profiles/rules.conf", "use efi when platform=efi\n".getBytes(StandardCharsets.UTF_8));
    server.write("profiles/efi.ipxe", "#!ipxe\necho {{ arch }}\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "#!ipxe\necho x86_64\n", get(STRANGER + "?serial=%&platform=efi&uuid=%zz&arch=amd64"));
    assertEquals(200, api.get("/metrics?x=%&name[]=sluice_connections&name[]=%").status());
    assertEquals(400, api.get("/metrics?name[]=%").status());
    ApiClient.Answer bad = api.get("/api/v1/machines?text=%");
    assertEquals(400, bad.status());
    assertEquals("text", bad.json().path("field").asText());
    installing("a", "{\"macs\":[\"" + MAC + "\"]}");
    String script = get("/boot/" + MAC);
    String fail = script.replaceAll("(?s).*sluice\\.fail=http://[^/]*(\\S*).*", "$1");
    assertEquals(200, api.get(fail + "?reason=disk 100%".replace(" ", "%20")).status());
    assertTrue(api.get(M + "a/history").text().contains("disk"), api.get(M + "a/history").text());
    assertEquals("failed", api.get(M + "a").json().at("/installation/state").asText());
  }

  @Test
  void grubThatDoesNotKnowItsAddressDoesNotAskForEver() throws IOException {
    String script = get("/boot/grub.cfg");
    assertTrue(script.startsWith("if [ -n \"$net_default_mac\" ]"), script);
    assertEquals(script, get("/boot/grub.cfg/"));
  }
}
