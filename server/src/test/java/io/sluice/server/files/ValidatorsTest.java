package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.root.FileIdentity;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ValidatorsTest {
  private static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05.678Z");

  private Validators validators(boolean settled, Instant now) {
    FileTime time = FileTime.from(MODIFIED);
    FileIdentity identity = new FileIdentity(1, 2, 3, time, time, true);
    return Validators.of(identity, settled, now);
  }

  @Test
  void aSettledFileHasAStrongTag() {
    Validators strong = validators(true, MODIFIED.plusSeconds(60));
    assertTrue(strong.isStrong());
    assertTrue(strong.etag().matches("\"[^\"]+\""), strong.etag());
  }

  @Test
  void aFileThatMayChangeUnnoticedHasTheSameTagButWeak() {
    Validators strong = validators(true, MODIFIED.plusSeconds(60));
    Validators weak = validators(false, MODIFIED.plusSeconds(60));
    assertFalse(weak.isStrong());
    assertEquals("W/" + strong.etag(), weak.etag());
  }

  @Test
  void theDateIsInWholeSeconds() {
    assertEquals(
        Instant.parse("2026-01-02T03:04:05Z"),
        validators(true, MODIFIED.plusSeconds(60)).lastModified());
  }

  @Test
  void aDateInTheFutureIsGivenAsNow() {
    assertEquals(
        Instant.parse("2026-01-02T03:03:59Z"),
        validators(true, Instant.parse("2026-01-02T03:03:59.999Z")).lastModified());
  }

  @Test
  void theDateIsStrongOnceItsSecondIsOverByASecond() {
    assertFalse(validators(true, Instant.parse("2026-01-02T03:04:05.9Z")).strongDate());
    assertFalse(validators(true, Instant.parse("2026-01-02T03:04:06Z")).strongDate());
    assertTrue(validators(true, Instant.parse("2026-01-02T03:04:06.001Z")).strongDate());
  }
}
