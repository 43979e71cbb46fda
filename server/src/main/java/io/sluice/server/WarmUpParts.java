package io.sluice.server;

import io.sluice.server.config.ServerConfig;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.telemetry.Instruments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;

/**
 * Makes things from the images of a rehearsal, with threads of its own and a cache in its folder.
 */
record WarmUpParts(DerivedParts derived, Pools pools) implements AutoCloseable {
  private static final long CACHE_BYTES = 64L * 1024 * 1024;

  /** What is made of small images is done in some hundred milliseconds. */
  private static final long PATIENCE_MILLIS = 1500;

  /**
   * Puts them together as those of a server are, so that the same code has run.
   *
   * @throws UncheckedIOException when the folder cannot be written to
   */
  static WarmUpParts open(
      Path root, ServerConfig.Derived how, Instruments unseen, OpenFiles openFiles) {
    Pools pools = new Pools(unseen.registry());
    try {
      ServerConfig.Derived small =
          new ServerConfig.Derived(
              root.resolve("cache"),
              true,
              CACHE_BYTES,
              how.threads(),
              how.zstdLevel(),
              how.gzipLevel(),
              how.copyGrace());
      return new WarmUpParts(
          new DerivedParts(
              DerivedCache.open(small.cache(), small.cacheBytes(), Clock.systemUTC()),
              new ServedRoot(root),
              small,
              unseen,
              pools,
              openFiles,
              () -> false,
              Clock.systemUTC()),
          pools);
    } catch (IOException e) {
      pools.close();
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for what is being made; nothing more may be asked for. */
  void finish() {
    pools.finish(PATIENCE_MILLIS);
  }

  @Override
  public void close() {
    pools.close();
    derived.close();
  }
}
