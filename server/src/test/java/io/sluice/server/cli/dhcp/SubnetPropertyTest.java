package io.sluice.server.cli.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class SubnetPropertyTest {
  @Property
  void whatIsWrittenIsReadAgain(
      @ForAll @LongRange(min = 0, max = 0xffffffffL) long number,
      @ForAll @IntRange(min = 1, max = 30) int prefix) {
    Ipv4 address = new Ipv4(number);
    Subnet subnet = Subnet.of(address, prefix).orElseThrow();
    assertEquals(Optional.of(address), Ipv4.parse(address.toString()));
    assertEquals(Optional.of(subnet), Subnet.parse(subnet.toString()));
  }

  @Property
  void whatIsGivenAwayIsOfTheNetworkAndHasNoOwner(
      @ForAll @LongRange(min = 0, max = 0xffffffffL) long number,
      @ForAll @IntRange(min = 1, max = 30) int prefix) {
    Ipv4 own = new Ipv4(number);
    Subnet subnet = Subnet.of(own, prefix).orElseThrow();
    AddressRange free = AddressRange.free(subnet, List.of(own)).orElseThrow();
    assertFalse(free.has(own));
    assertTrue(free.isWithin(subnet), free::toString);
    assertEquals(Optional.of(free), AddressRange.parse(free.toString()));
  }

  private static String free(String subnet, String... taken) {
    List<Ipv4> owners = Stream.of(taken).map(each -> Ipv4.parse(each).orElseThrow()).toList();
    return AddressRange.free(Subnet.parse(subnet).orElseThrow(), owners)
        .map(AddressRange::toString)
        .orElse("none");
  }

  @Example
  void addressesWithOwnersAreLeftOut() {
    assertEquals("10.1.0.128-10.1.0.254", free("10.1.0.0/24", "10.1.0.1"));
    assertEquals("10.1.0.128-10.1.0.253", free("10.1.0.0/24", "10.1.0.1", "10.1.0.254"));
    assertEquals("10.1.0.141-10.1.0.254", free("10.1.0.0/24", "10.1.0.140", "10.1.0.128"));
    assertEquals("10.1.0.1-10.1.0.1", free("10.1.0.0/30", "10.1.0.2"));
    assertEquals("none", free("10.1.0.0/30", "10.1.0.2", "10.1.0.1"));
  }

  @Example
  void whatIsNoNetworkIsNotRead() {
    for (String wrong :
        List.of(
            "",
            "10.1.0.0",
            "10.1.0.1/24",
            "10.1.0.0/31",
            "10.1.0.0/0",
            "10.1.0/24",
            "10.1.0.256/24")) {
      assertEquals(Optional.empty(), Subnet.parse(wrong), wrong);
    }
  }

  @Example
  void whatIsNoRangeIsNotRead() {
    for (String wrong :
        List.of("", "10.1.0.9", "10.1.0.9-10.1.0.8", "10.1.0.1-10.1.0.2-10.1.0.3", "a-b")) {
      assertEquals(Optional.empty(), AddressRange.parse(wrong), wrong);
    }
  }
}
