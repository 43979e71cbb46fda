package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "52:54:00:ab:cd:ef",
        "52:54:00:AB:CD:EF",
        "52:54:00:aB:Cd:eF",
        "52-54-00-ab-cd-ef",
        "52-54-00-AB-CD-EF",
        "5254.00ab.cdef",
        "5254.00AB.CDEF",
        "525400abcdef",
        "525400ABCDEF",
      })
  void everySpellingIsTheSameAddress(String text) {
    assertEquals(Optional.of(new MacAddress("52:54:00:ab:cd:ef")), MacAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "52:54:00-ab-cd-ef",
        "52-54-00-ab-cd:ef",
        "52:54:00ab:cd:ef",
        "5254.00ab-cdef",
        "5254:00ab:cdef",
        "52.54.00.ab.cd.ef",
        "52:54:00:ab:cd",
        "52:54:00:ab:cd:ef:01",
        "52:54:00:ab:cd:e",
        "52:54:00:ab:cd:eg",
        "52 54 00 ab cd ef",
        "525400abcde",
        "525400abcdef0",
        "0x525400abcdef",
        " 52:54:00:ab:cd:ef",
        "52:54:00:ab:cd:ef ",
        "52:54:00:ab:cd:ef\n",
        ":52:54:00:ab:cd:ef",
        "01-52-54-00-ab-cd-ef",
        "٥2:54:00:ab:cd:ef",
        "vmlinuz-linux",
        "pxelinux.cfg",
      })
  void anythingElseIsNoAddress(String text) {
    assertEquals(Optional.empty(), MacAddress.parse(text));
  }
}
