package io.sluice.server.derive.cache;

import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.digest.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a cache entry: a digest of everything its bytes depend on, and its form.
 *
 * @param digest 64 lower case hexadecimal digits
 */
public record CacheKey(String digest, DerivedFormat form) {
  private static final Pattern FILE_NAME =
      Pattern.compile("([0-9a-f]{64})\\.([a-z0-9.]+)(?:~([0-9]{1,18}))?");

  /** Changed when the bytes that are made of one source with one set of options change. */
  private static final String VERSION = "1";

  /**
   * The key of what is made from a source.
   *
   * @param options whatever else the bytes depend on, such as a compression level
   */
  public static CacheKey of(SourceIdentity source, DerivedFormat form, String options) {
    String text = String.join("\n", VERSION, form.label(), options, source.text());
    return new CacheKey(sha256(text), form);
  }

  /** The key of an entry whose file has this name; empty for a file that is none of ours. */
  static Optional<CacheKey> ofFileName(String name) {
    Matcher parts = FILE_NAME.matcher(name);
    return parts.matches()
        ? DerivedFormat.ofLabel(parts.group(2)).map(form -> new CacheKey(parts.group(1), form))
        : Optional.empty();
  }

  /** What the name of a file says of the room it takes up; empty when it says nothing. */
  static OptionalLong chargeOfFileName(String name) {
    Matcher parts = FILE_NAME.matcher(name);
    return parts.matches() && parts.group(3) != null
        ? OptionalLong.of(Long.parseLong(parts.group(3)))
        : OptionalLong.empty();
  }

  /** The key of the SHA-256 of what has this key. */
  public CacheKey digestKey() {
    return new CacheKey(
        sha256(String.join("\n", VERSION, DerivedFormat.SHA256.label(), fileName())),
        DerivedFormat.SHA256);
  }

  /** The name of the file that holds the entry, if that takes up another number of bytes. */
  public String fileName(long charge) {
    return fileName() + "~" + charge;
  }

  /** The name of the file that holds the entry. */
  public String fileName() {
    return digest + "." + form.label();
  }

  private static String sha256(String text) {
    return Sha256.hexOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
