package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.server.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** For a DHCP server elsewhere, so that nothing depends on the cards of this machine. */
class DhcpConfigCommandTest {
  private static final String URL = "http://10.1.0.1:8080";
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String kind, String... more) {
    List<String> all = new ArrayList<>(List.of("dhcp-config", kind, "--interface", "there0"));
    List<String> given = Arrays.asList(more);
    if (!given.contains("--subnet")) {
      all.addAll(List.of("--subnet", "10.1.0.0/16"));
    }
    if (!given.contains("--url")) {
      all.addAll(List.of("--url", URL));
    }
    all.addAll(List.of("--tftp-root", "/srv/tftp"));
    all.addAll(given);
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }

  private List<String> lines(String kind, String... more) {
    assertEquals(0, run(kind, more), err::toString);
    return out.toString().lines().map(String::strip).toList();
  }

  @Test
  void dnsmasqSendsEachFirmwareToItsLoaderAndIpxeToItsScript() {
    List<String> lines = lines("dnsmasq");
    for (String line :
        List.of(
            "interface=there0",
            "dhcp-range=10.1.128.0,10.1.255.254,255.255.0.0,1h",
            "tftp-root=/srv/tftp",
            "dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe,,10.1.0.1",
            "dhcp-boot=tag:efi,tag:!ipxe,snponly.efi,,10.1.0.1",
            "dhcp-boot=tag:http,tag:!ipxe,http://10.1.0.1:8080/boot/snponly.efi,,10.1.0.1",
            "dhcp-boot=tag:ipxe,http://10.1.0.1:8080/boot/${mac},,10.1.0.1")) {
      assertTrue(lines.contains(line), () -> line + " is missing in " + out);
    }
    assertFalse(out.toString().contains("pxe-service"));
  }

  @Test
  void aProxyGivesNoAddresses() {
    List<String> lines = lines("dnsmasq", "--proxy");
    assertTrue(lines.contains("dhcp-range=10.1.0.0,proxy,255.255.0.0"), out::toString);
    assertTrue(lines.contains("dhcp-pxe-vendor=PXEClient,HTTPClient"), out::toString);
    assertEquals(1, lines.stream().filter(line -> line.startsWith("dhcp-range")).count());
    assertFalse(lines.stream().anyMatch(line -> line.startsWith("dhcp-option")), out::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dnsmasq", "kea", "isc"})
  void secureBootGetsTheSignedInstaller(String kind) {
    assertEquals(0, run(kind, "--secure-boot"), err::toString);
    assertTrue(out.toString().contains(URL + "/boot/installer.img"), out::toString);
    assertFalse(out.toString().contains(URL + "/boot/snponly.efi"), out::toString);
  }

  @Test
  void keaGetsOneClassForEachFirmwareThatIpxeIsNotOf() throws IOException {
    assertEquals(0, run("kea", "--gateway", "10.1.0.254", "--dns", "10.1.0.2,10.1.0.3"));
    JsonNode dhcp =
        JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .build()
            .readTree(out.toString())
            .get("Dhcp4");
    JsonNode classes = dhcp.get("client-classes");
    assertEquals(URL + "/boot/${mac}", classes.get(0).get("boot-file-name").asText());
    assertEquals(6, classes.size());
    for (int i = 1; i < classes.size(); i++) {
      String test = classes.get(i).get("test").asText();
      assertTrue(test.startsWith("not member('ipxe') and "), test);
    }
    JsonNode subnet = dhcp.get("subnet4").get(0);
    assertEquals("10.1.0.0/16", subnet.get("subnet").asText());
    assertEquals("10.1.0.254", subnet.get("option-data").get(0).get("data").asText());
    assertEquals("10.1.0.2, 10.1.0.3", subnet.get("option-data").get(1).get("data").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "--subnet, 10.1.0.1/16",
    "--subnet, ten",
    "--range, 10.2.0.1-10.2.0.9",
    "--range, 10.1.0.9-10.1.0.1",
    "--range, 10.1.0.0-10.1.0.9",
    // The server is among them.
    "--range, 10.1.0.1-10.1.0.9",
    "--gateway, 10.2.0.1",
    "--dns, 10.1.0.1;10.1.0.2",
    "--url, ftp://10.1.0.1",
    "--url, http://10.1.0.1/path",
    "--url, http://"
  })
  void whatCannotBeIsToldInOneLine(String option, String value) {
    assertEquals(2, run("dnsmasq", option, value));
    assertEquals("", out.toString());
    String said = err.toString().strip();
    assertTrue(said.contains(option + ": " + value + " (expected: "), said);
    assertEquals(1, said.lines().filter(line -> !line.startsWith("warning: ")).count(), said);
  }

  @Test
  void aCardThatIsNotHereNeedsTheNetworkAndAnAddress() {
    assertEquals(2, run("isc", "--url", "http://boot.example"));
    assertTrue(err.toString().contains("--interface: there0 (expected: "), err::toString);
  }

  @Test
  void onlyDnsmasqIsAProxy() {
    assertEquals(2, run("kea", "--proxy"));
    assertTrue(err.toString().contains("--proxy: kea (expected: dnsmasq)"), err::toString);
  }

  @Test
  void aFolderWithoutLoadersAndAUrlThatIpxeCannotUseAreWarnedOf() {
    assertEquals(0, run("dnsmasq", "--url", "https://10.1.0.1"));
    assertTrue(err.toString().contains("warning: /srv/tftp: no undionly.kpxe"), err::toString);
    assertTrue(err.toString().contains("warning: https://10.1.0.1: iPXE"), err::toString);
  }
}
