package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.cache.DerivedFormat;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DerivedNameTest {
  @ParameterizedTest
  @CsvSource({
    "debian.raw,            RAW,         debian.raw",
    "debian.raw.zst,        RAW_ZST,     debian.raw",
    "debian.raw.gz,         RAW_GZ,      debian.raw",
    "debian.raw.tar.zst,    RAW_TAR_ZST, debian.raw",
    "a.b.raw.zst,           RAW_ZST,     a.b.raw",
    "debian.qcow2.sha256,   SHA256,      debian.qcow2",
    "debian.raw.sha256,     SHA256,      debian.raw",
    "debian.raw.zst.sha256, SHA256,      debian.raw.zst",
    "debian.raw.bmap,       BMAP,        debian.raw",
    "debian.bmap,           BMAP,        debian",
  })
  void aNameSaysWhatIsDerivedFromWhat(String name, DerivedFormat form, String of) {
    assertEquals(Optional.of(new DerivedName(form, of)), DerivedName.parse(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "debian.qcow2",
        "debian.img",
        "debian.zst",
        "debian.tar.zst",
        "debian.img.gz",
        ".raw",
        "debian.RAW",
        "raw",
        ".bmap",
        "sha256",
        "raw.zst",
        "debian.raw.ZST",
        "debian.raw.zst.part"
      })
  void anyOtherNameIsThatOfAFile(String name) {
    assertTrue(DerivedName.parse(name).isEmpty());
  }
}
