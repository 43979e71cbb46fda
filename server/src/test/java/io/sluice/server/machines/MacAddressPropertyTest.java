package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class MacAddressPropertyTest {
  private static final Pattern CANONICAL = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

  @Property
  void everyAddressIsReadFromEachOfItsSpellings(
      @ForAll @LongRange(max = 0xffff_ffff_ffffL) long address, @ForAll boolean upperCase) {
    String raw = String.format("%012x", address);
    String colons = raw.replaceAll("(..)(?!$)", "$1:");
    for (String spelling :
        new String[] {
          raw, colons, colons.replace(':', '-'), raw.replaceAll("(....)(?!$)", "$1.")
        }) {
      String text = upperCase ? spelling.toUpperCase(Locale.ROOT) : spelling;
      assertEquals(Optional.of(new MacAddress(colons)), MacAddress.parse(text), text);
    }
  }

  @Property
  void whatIsReadAsAnAddressHasExactlyItsTwelveDigitsAndOneKindOfSeparator(
      @ForAll("almostAddresses") String text) {
    MacAddress.parse(text)
        .ifPresent(
            mac -> {
              assertTrue(CANONICAL.matcher(mac.colons()).matches(), mac.colons());
              assertEquals(
                  mac.colons().replace(":", ""),
                  text.replaceAll("[^0-9a-fA-F]", "").toLowerCase(Locale.ROOT));
              assertTrue(
                  text.replaceAll("[0-9a-fA-F]", "").chars().distinct().count() <= 1, "mixed");
            });
  }

  @Provide
  Arbitrary<String> almostAddresses() {
    Arbitrary<String> separator = Arbitraries.of(":", ":", ":", "-", ".", "");
    Arbitrary<String> digits = Arbitraries.of("00", "aB", "ff", "1f", "0123", "5", "gg");
    return separator.flatMap(
        usual ->
            digits
                .list()
                .ofMinSize(3)
                .ofMaxSize(7)
                .flatMap(
                    parts ->
                        Arbitraries.of(usual, usual, ":")
                            .map(
                                other ->
                                    parts.get(0)
                                        + other
                                        + String.join(usual, parts.subList(1, parts.size())))));
  }
}
