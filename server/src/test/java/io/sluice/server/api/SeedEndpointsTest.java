package io.sluice.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeedEndpointsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          config.ign     | {"a": [1, true]}
          network-config | version: 2
          network-config | ''
          meta-data      | instance-id: "x"
          user-data      | #!/bin/sh
          ks.cfg         | a: b: [
          """)
  void aGoodDocumentHasNoProblem(String name, String text) {
    assertEquals(Optional.empty(), SeedEndpoints.problemOf(name, text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          config.ign     | {"a": secret}
          config.ign     | {"a": 1} secret
          config.ign     | {"a": 1, "a": "secret"}
          config.ign     | ''
          network-config | a: b: secret
          storage.yaml   | [secret
          user-data      | #cloud-config {secret
          """)
  void aBadOneHasOneThatQuotesNothing(String name, String text) {
    String written = text.replace("#cloud-config ", "#cloud-config\n");
    String problem = SeedEndpoints.problemOf(name, written).orElse("");
    assertFalse(problem.isEmpty(), text);
    assertFalse(problem.contains("secret"), problem);
  }

  @Test
  void theLineIsNamed() {
    String problem = SeedEndpoints.problemOf("user-data", "#cloud-config\na: 1\nb: {\n").orElse("");
    assertTrue(problem.startsWith("line "), problem);
  }
}
