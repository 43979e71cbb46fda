package io.sluice.server.files;

import io.sluice.server.root.FileIdentity;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What tells one state of a file from another (RFC 9110 §8.8).
 *
 * @param etag entity tag as it stands in a header field, quotes included
 * @param lastModified in whole seconds, never after the time of the answer
 * @param strongDate whether the file was modified long enough ago that the date alone tells its
 *     states apart (§8.8.2.2)
 */
public record Validators(String etag, Instant lastModified, boolean strongDate) {

  /**
   * The validators of a file at a time.
   *
   * @param settled whether the identity is sure to change with the bytes
   */
  static Validators of(FileIdentity identity, boolean settled, Instant now) {
    String tag = '"' + identity.tag() + '"';
    return of(settled ? tag : "W/" + tag, identity.modified().toInstant(), now);
  }

  /**
   * The validators of something at a time.
   *
   * @param etag entity tag as it stands in a header field
   * @param changed when its bytes were changed last
   */
  public static Validators of(String etag, Instant changed, Instant now) {
    Instant modified = changed.truncatedTo(ChronoUnit.SECONDS);
    return new Validators(
        etag,
        modified.isAfter(now) ? now.truncatedTo(ChronoUnit.SECONDS) : modified,
        modified.isBefore(now.minusSeconds(1)));
  }

  /** Whether the tag may be used where bytes are put together. */
  boolean isStrong() {
    return !etag.startsWith("W/");
  }
}
