package io.sluice.server;

import io.sluice.server.config.ServerConfig;
import io.sluice.server.derive.ConversionLedger;
import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.fill.FilledDisks;
import io.sluice.server.derive.format.Recipes;
import io.sluice.server.files.KnownDigests;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Request;
import io.sluice.server.images.BackgroundDigests;
import io.sluice.server.images.DerivedImages;
import io.sluice.server.images.ImageCatalogue;
import io.sluice.server.images.ImageServices;
import io.sluice.server.images.ImageSources;
import io.sluice.server.images.ImageVersions;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.telemetry.DerivedInstruments;
import io.sluice.server.telemetry.Instruments;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What derived images need, put together: the cache, what makes copies, and what answers. */
final class DerivedParts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DerivedParts.class);

  /**
   * Copies that are made at once: each of them uses all threads it may have, the second is there so
   * that a small image need not wait for a large one.
   */
  private static final int COPIES_AT_ONCE = 2;

  /** Copies that may wait for their turn. */
  private static final int COPY_QUEUE = 64;

  /** Threads that compute digests are asked for once each; they look for more to do themselves. */
  private static final int DIGEST_QUEUE = 8;

  /** More than the blocks of gzip that can be under way on a machine of a thousand cores. */
  private static final int BLOCK_QUEUE = 4096;

  private static final int CLEANING_QUEUE = 1024;

  /** Chunks of compressed images that may wait to be inflated. */
  private static final int INFLATION_QUEUE = 8192;

  private final ImageServices services;
  private final ImageVersions versions;
  private final FilledDisks filled;
  private final ImageSources sources;
  private final Lifetime life = new Lifetime();

  /**
   * Puts the parts of a server together: nothing but what can be sent without being kept, when the
   * cache cannot be used and the operator did not choose it.
   *
   * @param root where the images are
   * @param busy whether work that no client waits for is to take less of the processor
   * @throws IOException with a message for the operator, when the cache that was chosen cannot be
   *     used
   */
  DerivedParts(
      ServerConfig config,
      ServedRoot root,
      Instruments instruments,
      Pools pools,
      OpenFiles openFiles,
      BooleanSupplier busy,
      Clock clock)
      throws IOException {
    ServerConfig.Derived how = config.derived();
    DerivedCache cache = life.push(cache(how, clock));
    DerivedInstruments measured = instruments.derived();
    ConversionLedger ledger = new ConversionLedger(measured, System::nanoTime);
    measured.watch(ledger, cache::bytes);
    Executor cleaners = pools.pool("clean", 1, CLEANING_QUEUE);
    Conversions conversions =
        new Conversions(
            cache,
            ledger,
            pools.toilingPool("derive", COPIES_AT_ONCE, COPY_QUEUE),
            cleaners,
            how.copyGrace());
    sources =
        new ImageSources(
            root,
            openFiles,
            new InflatedDisks(conversions, Runtime.getRuntime().maxMemory()),
            clock);
    filled =
        new FilledDisks(
            cache, pools.toilingPool("inflate", how.threads(), INFLATION_QUEUE), cleaners);
    Digests digests =
        life.push(
            new Digests(
                cache,
                ledger,
                pools.toilingPool("digest", 1, DIGEST_QUEUE),
                pools.toilingPool("digest-asked", Digests.ASKED_THREADS, DIGEST_QUEUE),
                busy));
    services =
        new ImageServices(
            conversions,
            digests,
            new BackgroundDigests(digests, conversions, sources),
            new Recipes(
                how.zstdLevel(),
                how.gzipLevel(),
                how.threads(),
                pools.toilingPool("deflate", how.threads(), BLOCK_QUEUE)),
            clock);
    versions = new ImageVersions(sources, services);
  }

  private static DerivedCache cache(ServerConfig.Derived how, Clock clock) throws IOException {
    try {
      return DerivedCache.open(how.cache(), how.cacheBytes(), clock);
    } catch (IOException e) {
      if (how.cacheChosen()) {
        throw e;
      }
      LOG.warn("{}; no copies are made of images, and none is inflated", e.getMessage());
      return DerivedCache.unusable(
          how.cache(),
          "the server has no folder to keep it in (expected: a --cache it can write to)",
          clock);
    }
  }

  /** The digests of what is sent. */
  KnownDigests digests() {
    return services.background();
  }

  /** What is to be known about images. */
  ImageCatalogue catalogue() {
    return new ImageCatalogue(sources, services, versions);
  }

  /**
   * Answers for {@code /images/NAME}; called once.
   *
   * @param files answers with files only
   * @param pins the one version of an image that a request is for; never blocks
   */
  Endpoint images(
      Endpoint files, Function<Request, Optional<DerivedImages.Pin>> pins, Executor filePool) {
    return life.push(new DerivedImages(sources, services, filled, files, versions, pins, filePool))
        .endpoint();
  }

  /** After the pools: their threads use what is closed here. */
  @Override
  public void close() {
    life.close();
  }
}
