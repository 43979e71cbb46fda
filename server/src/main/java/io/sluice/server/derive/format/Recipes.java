package io.sluice.server.derive.format;

import com.github.luben.zstd.util.ZstdVersion;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.SourceIdentity;
import java.util.concurrent.Executor;

/**
 * The recipes of this server.
 *
 * @param zstdLevel 1 to 19
 * @param gzipLevel 1 to 9
 * @param threads how many of them may work on one copy, at least 1
 * @param compressors where gzip's threads come from
 */
public record Recipes(int zstdLevel, int gzipLevel, int threads, Executor compressors) {
  /**
   * How a form is made.
   *
   * @param image name of the disk, which the member of an archive gets
   * @throws IllegalArgumentException for a form that is not made by a recipe
   */
  public Recipe recipe(DerivedFormat form, String image) {
    return switch (form) {
      case RAW_ZST -> new ZstdCopy(zstdLevel, threads);
      case RAW_GZ -> new GzipCopy(gzipLevel, threads, compressors);
      case RAW_TAR_ZST -> new TarZstdCopy(image, zstdLevel, threads);
      case BMAP -> new BlockMap();
      case RAW, INFLATED, SHA256 ->
          throw new IllegalArgumentException("form: " + form + " (expected: one with a recipe)");
    };
  }

  /**
   * The name under which a form of a disk is kept. It depends on everything the bytes depend on,
   * the versions of the compressors among them, so it is a strong validator too.
   */
  public CacheKey key(SourceIdentity source, DerivedFormat form, String image) {
    return CacheKey.of(source, form, options(form, image));
  }

  private String options(DerivedFormat form, String image) {
    String zstd = ZstdVersion.VERSION + " " + zstdLevel;
    return switch (form) {
      case RAW_ZST -> zstd;
      case RAW_GZ -> Runtime.version() + " " + gzipLevel;
      case RAW_TAR_ZST -> zstd + " " + image;
      case RAW, INFLATED, BMAP, SHA256 -> "";
    };
  }
}
