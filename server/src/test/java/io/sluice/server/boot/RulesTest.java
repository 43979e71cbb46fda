package io.sluice.server.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RulesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "use;                              use (expected: use PROFILE",
        "use a/b;                          use a/b (expected: use PROFILE",
        "use a when;                       when (expected: a condition after it)",
        "use a tag=x;                      use a tag=x (expected: use PROFILE",
        "allow a;                          allow a (expected: use PROFILE",
        "use a when colour=red;            colour=red (expected: tag=, arch=",
        "use a when tag;                   tag (expected: tag=, arch=",
        "use a when arch=mips;             arch=mips (expected: x86_64 or aarch64)",
        "use a when network=10.0.0.1/8;    network=10.0.0.1/8 (expected: networks",
        "use a when network=example.org;   network=example.org (expected: networks",
        "use a when vendor=52:5;           vendor=52:5 (expected: beginnings",
        "use a when known=maybe;           known=maybe (expected: yes or no)",
        "use a when tag=;                  tag= (expected: tags)",
        "refuse installs;                  refuse installs (expected: use PROFILE",
      })
  void whatIsWrongIsNamedWithItsLine(String line, String problem) {
    Exception e =
        assertThrows(ProfileException.class, () -> Rules.parse("rules.conf", "# first\n\n" + line));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("rules.conf:3: " + problem), e.getMessage());
  }

  @Test
  void rulesThatNameAProfileWhichIsNotThereAreFound() throws ProfileException {
    Rules rules = Rules.parse("r", "use a when tag=x # why\nuse b\r\nuse a\nrefuse install");
    assertEquals(
        List.of("b"), rules.without(name -> name.equals("a")).stream().map(Rule::profile).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "i386,   x86_64,  true",
    "amd64,  x86_64,  true",
    "x86_64, x86_64,  true",
    "arm64,  aarch64, true",
    "arm64,  x86_64,  false",
  })
  void anArchitectureMayBeGivenByAnyOfItsNames(String named, String arch, boolean holds)
      throws Exception {
    BootRequest request = new BootRequest(null, "", "", arch, "", InetAddress.getLoopbackAddress());
    Rules rules = Rules.parse("r", "use a when arch=" + named);
    assertEquals(holds, rules.first(Rule.Action.USE, request, null).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"52:54:00", "52:54:00:AB", "52-54-00", "52"})
  void aVendorIsTheBeginningOfAnAddressInAnySpelling(String vendor) throws Exception {
    BootRequest request =
        new BootRequest(
            MacAddress.parse("525400ab0001").orElseThrow(),
            "",
            "",
            "",
            "",
            InetAddress.getLoopbackAddress());
    Rules rules = Rules.parse("r", "use a when vendor=00:11:22," + vendor);
    assertTrue(rules.first(Rule.Action.USE, request, null).isPresent());
    Rules others = Rules.parse("r", "use a when vendor!=" + vendor);
    assertTrue(others.first(Rule.Action.USE, request, null).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,      10.255.255.255, true",
    "10.0.0.0/8,      11.0.0.0,       false",
    "10.1.2.3,        10.1.2.3,       true",
    "10.1.2.3,        10.1.2.4,       false",
    "0.0.0.0/0,       255.1.1.1,      true",
    "0.0.0.0/0,       ::1,            false",
    "192.168.4.0/22,  192.168.7.255,  true",
    "192.168.4.0/22,  192.168.8.0,    false",
    "2001:db8::/33,   2001:db8::1,    true",
    "2001:db8::/33,   2001:db8:8000::, false",
  })
  void aNetworkHoldsItsAddresses(String network, String address, boolean holds)
      throws UnknownHostException {
    InetAddress asked = InetAddress.getAllByName(address)[0];
    assertEquals(holds, Network.parse(network).orElseThrow().holds(asked));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10",
        "10.0.0/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "10.0.0.1/31",
        "::/129",
        "localhost",
        "1.2.3.4.5",
        "300.0.0.1",
        "fd00::1/8",
        "10.0.0.0/8/8",
        "%",
        "::1%lo"
      })
  void whatIsNoNetworkIsNone(String text) {
    assertEquals(Optional.empty(), Network.parse(text));
  }
}
