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
        "application/openmetrics-text;q=0 | false",
        "application/openmetrics-text;q=0.5,text/plain;q=0.6 | false",
        "application/openmetrics-text;q=0.5,text/plain;q=0.4 | true",
        "application/openmetrics-text;q=0.5,*/*;q=0.1 | true",
        "application/openmetrics-text,text/plain | true",
        "application/openmetrics-text;q=nonsense | false",
        "text/plain | false",
        "*/* | false",
        "text/plain;q=0,*/* | false",
        "text/plain;q=0,*/*;q=0 | false",
        "application/json | false",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | false",
        ",,;; ; | false",
      })
  void openMetricsIsSentToThoseWhoAskForIt(String accept, boolean expected) {
    assertEquals(expected, ContentNegotiation.wantsOpenMetrics(accept));
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
    assertEquals(true, ContentNegotiation.wantsOpenMetrics(accept));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | true",
        "GZIP | true",
        "deflate, gzip;q=0.5 | true",
        "gzip;q=0 | false",
        "gzip;q=0.000 | false",
        "gzip;q=0, * | false",
        "* | false",
        "identity | false",
        "gzip;q=0.5, identity | false",
        "gzip, identity;q=0.5 | true",
        "br | false",
        "'' | false",
      })
  void gzipIsUsedWhenItIsAllowed(String acceptEncoding, boolean expected) {
    assertEquals(expected, ContentNegotiation.wantsGzip(acceptEncoding));
  }

  @Test
  void withoutHeadersThePlainTextIsSent() {
    assertEquals(false, ContentNegotiation.wantsOpenMetrics(null));
    assertEquals(false, ContentNegotiation.wantsGzip(null));
  }

  @Property
  void anythingAtAllCanBeParsed(
      @ForAll @Chars({'a', '/', '*', ';', ',', 'q', '=', '0', '1', '.', '"', '\\', ' '})
          String field) {
    assertEquals(false, ContentNegotiation.wantsOpenMetrics(field));
    assertEquals(false, ContentNegotiation.wantsGzip(field));
  }
}
