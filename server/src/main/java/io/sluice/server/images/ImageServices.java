package io.sluice.server.images;

import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.format.Recipes;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.Validators;
import java.time.Clock;

/**
 * What things are made with.
 *
 * @param background digests of what is sent
 * @param clock the time of answers
 */
public record ImageServices(
    Conversions conversions,
    Digests digests,
    BackgroundDigests background,
    Recipes recipes,
    Clock clock) {
  /** Digits of a key that make an entity tag: 128 bits. */
  private static final int TAG_DIGITS = 32;

  /**
   * The validators of what is made from a source: the key covers everything its bytes depend on.
   */
  Validators validators(CacheKey key, SourceIdentity source) {
    String tag = '"' + key.digest().substring(0, TAG_DIGITS) + '"';
    return Validators.of(tag, source.lastModified(), clock.instant());
  }
}
