package io.sluice.server.cli.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
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

  @Example
  void halvesThatBothHaveOwnersAreNotGivenAway() {
    Subnet subnet = Subnet.parse("10.1.0.0/24").orElseThrow();
    Ipv4 low = Ipv4.parse("10.1.0.1").orElseThrow();
    Ipv4 high = Ipv4.parse("10.1.0.254").orElseThrow();
    assertEquals(
        "10.1.0.128-10.1.0.254", AddressRange.free(subnet, List.of(low)).orElseThrow() + "");
    assertEquals(
        "10.1.0.1-10.1.0.127", AddressRange.free(subnet, List.of(high)).orElseThrow() + "");
    assertEquals(Optional.empty(), AddressRange.free(subnet, List.of(low, high)));
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
