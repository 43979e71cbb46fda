package io.sluice.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParametersTest {

  @ParameterizedTest
  @ValueSource(strings = {"%", "%4", "%zz", "100%", "%ff", "%c3%28", "\u00ff"})
  void aBadValueCostsItselfAndNoOther(String bad) {
    QueryParameters query =
        QueryParameters.of("a=1&serial=" + bad + "&platform=efi&serial=x&" + bad + "=y");
    assertEquals(Optional.of("1"), query.first("a"));
    assertEquals(Optional.of("efi"), query.first("platform"));
    assertTrue(query.has("serial"));
    assertTrue(query.isMalformed("serial"));
    assertEquals(Optional.empty(), query.first("serial"), "the first, not another");
    assertEquals(Optional.of(bad), query.firstAsSent("serial"));
    assertEquals(List.of("x"), query.all("serial"));
    assertEquals(2, query.count("serial"));
    assertFalse(query.isMalformed("a"));
  }

  @Test
  void whatIsEmptyIsThere() {
    QueryParameters query = QueryParameters.of("&platform=&uuid&&=x&");
    assertTrue(query.has("platform"));
    assertEquals(Optional.of(""), query.first("platform"));
    assertTrue(query.has("uuid"));
    assertFalse(query.has("arch"));
    assertEquals(Optional.empty(), query.first("arch"));
    assertEquals(0, query.count("arch"));
  }

  @Test
  void theLastOfThousandsIsSeen() {
    assertEquals(Optional.of("efi"), QueryParameters.of("a&".repeat(4000) + "p=efi").first("p"));
  }

  @Test
  void onlyAmpersandsSeparate() {
    assertEquals(Optional.of("a;b=c"), QueryParameters.ofTarget("/x?s=a;b=c&t").first("s"));
    assertTrue(QueryParameters.ofTarget("/x").names().isEmpty());
  }

  @Property
  void whatIsEncodedIsRead(@ForAll String name, @ForAll String value) {
    String valid = new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String sent = "n" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    String readName =
        "n" + new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    QueryParameters query =
        QueryParameters.of(sent + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
    assertEquals(Optional.of(valid), query.first(readName));
  }

  @Property
  void nothingIsTooStrange(@ForAll String query) {
    StringBuilder bytes = new StringBuilder();
    query.chars().forEach(c -> bytes.append((char) (c & 0xff)));
    QueryParameters read = QueryParameters.of(bytes.toString());
    for (String name : read.names()) {
      assertTrue(read.count(name) > 0);
      assertTrue(read.firstAsSent(name).isPresent());
    }
  }
}
