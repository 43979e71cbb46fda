package io.sluice.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentNegotiationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "application/openmetrics-text | true",
        "Application/OpenMetrics-Text; Version=1.0.0 | true",
        "application/openmetrics-text;version=\"1.0.0\" | true",
        "application/openmetrics-text;version=9.0.0 | false",
        "application/openmetrics-text;q=0 | false",
        "application/openmetrics-text;q=0.5,text/plain;q=0.6 | false",
        "application/openmetrics-text;q=0.5,text/plain;q=0.4 | true",
        "application/openmetrics-text;q=0.5,*/*;q=0.1 | true",
        "application/openmetrics-text;q=0.1,*/* | false",
        "application/openmetrics-text,text/plain | true",
        "application/openmetrics-text;q=nonsense | false",
        "text/plain | false",
        "*/* | false",
        "text/plain;q=0,*/* | true",
        "text/plain;q=0,*/*;q=0 | false",
        "text/*;q=0,application/* | true",
        "application/json | false",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | false",
        ",,;; ; | false",
      })
  void openMetricsIsSentToThoseWhoAskForIt(String accept, boolean expected) {
    assertEquals(expected, ContentNegotiation.wantsOpenMetrics(Preferences.parse(accept)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Prometheus 2.5 to 2.30, 2.31 and later, 2.x with protobuf, 3.x, 3.x with protobuf.
        "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
            + "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,"
            + "application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
            + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited;q=0.6,"
            + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
            + "text/plain;version=0.0.4;q=0.2,/;q=0.1",
      })
  void whatPrometheusReallySendsGetsOpenMetrics(String accept) {
    assertEquals(true, ContentNegotiation.wantsOpenMetrics(Preferences.parse(accept)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | true",
        "GZIP | true",
        "x-gzip | true",
        "deflate, gzip;q=0.5 | true",
        "* | true",
        "gzip;q=0 | false",
        "gzip;q=0.000 | false",
        "gzip;q=0, * | false",
        "*;q=0 | false",
        "identity | false",
        "gzip;q=0.5, identity | false",
        "gzip, identity;q=0.5 | true",
        "br | false",
        "'' | false",
      })
  void gzipIsUsedWhenItIsAllowed(String acceptEncoding, boolean expected) {
    assertEquals(expected, ContentNegotiation.wantsGzip(Preferences.parse(acceptEncoding)));
  }

  @Test
  void withoutHeadersThePlainTextIsSent() {
    assertEquals(false, ContentNegotiation.wantsOpenMetrics(Preferences.parse(null)));
    assertEquals(false, ContentNegotiation.wantsGzip(Preferences.parse(null)));
    assertEquals(false, ContentNegotiation.wantsPage(Preferences.parse(null)));
  }

  @Test
  void onlyABrowserGetsThePage() {
    assertEquals(true, ContentNegotiation.wantsPage(Preferences.parse("text/html,*/*;q=0.8")));
    assertEquals(false, ContentNegotiation.wantsPage(Preferences.parse("*/*")));
    assertEquals(false, ContentNegotiation.wantsPage(Preferences.parse("text/html;q=0")));
  }

  @Property
  void anythingAtAllCanBeParsedAndWeightsStayBetweenZeroAndOne(
      @ForAll @Chars({'a', '/', '*', ';', ',', 'q', '=', '0', '1', '.', '"', '\\', ' '})
          String header) {
    for (Preferences.Item item : Preferences.parse(header).items()) {
      assertEquals(true, item.weight() >= 0 && item.weight() <= 1, header);
      assertEquals(false, item.value().isBlank(), header);
    }
  }
}
