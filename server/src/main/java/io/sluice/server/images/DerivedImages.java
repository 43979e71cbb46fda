package io.sluice.server.images;

import io.sluice.server.derive.FilledDisks;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The images of a root, and what is derived from them when no file of the wanted name is there:
 * copies are sent while they are made for the first time, and are files like any other from then
 * on; block maps and digests are waited for.
 */
public final class DerivedImages implements AutoCloseable {
  /** A virtual disk stays open for so long after it was opened, though nobody reads it. */
  private static final long KEPT_SECONDS = 10;

  private final ImageSources sources;
  private final DerivedCopies copies;
  private final DigestPages digests;
  private final VirtualDisks disks;
  private final Endpoint files;
  private final Executor pool;

  /**
   * Serves these.
   *
   * @param filled where compressed clusters are inflated
   * @param files answers with the file of a name, whose parameter is {@code name}
   * @param pool may block; when it refuses work, the answer is 503
   */
  public DerivedImages(
      ImageSources sources, Workshop workshop, FilledDisks filled, Endpoint files, Executor pool) {
    this.sources = sources;
    this.copies = new DerivedCopies(workshop, pool);
    this.digests = new DigestPages(sources, workshop, copies);
    this.disks =
        new VirtualDisks(
            workshop,
            filled,
            sources,
            pool,
            CompletableFuture.delayedExecutor(KEPT_SECONDS, TimeUnit.SECONDS, Runnable::run));
    this.files = files;
    this.pool = pool;
  }

  /** Answers for a route with the parameter {@code name}. */
  public Endpoint endpoint() {
    return request -> {
      Optional<DerivedName> name = DerivedName.parse(request.parameter("name"));
      if (name.isEmpty()) {
        return files.answer(request);
      }
      String path = request.path().text();
      try {
        return CompletableFuture.supplyAsync(() -> blocking(request, name.get()), pool)
            .thenCompose(stage -> stage)
            .exceptionally(failure -> Failures.reply(path, failure));
      } catch (RejectedExecutionException full) {
        return CompletableFuture.completedFuture(Failures.reply(path, full));
      }
    };
  }

  /** After the last answer: what is kept open for the next request is put aside. Blocks. */
  @Override
  public void close() {
    disks.close();
  }

  private CompletionStage<Reply> blocking(Request request, DerivedName name) {
    try {
      if (sources.isFile(request.parameter("name"))) {
        return files.answer(request);
      }
      return switch (name.form()) {
        case RAW -> {
          Optional<Found> disk = sources.disk(name.of());
          yield disk.isEmpty()
              ? missing(request)
              : CompletableFuture.completedFuture(
                  disk.get().isQcow2()
                      ? disks.answer(request, disk.get())
                      : disks.file(request, disk.get()));
        }
        case SHA256 -> digests.answer(request, name);
        case BMAP -> {
          Optional<Found> disk = mapped(name.of());
          yield disk.isEmpty() ? missing(request) : copies.whole(request, name, disk.get());
        }
        case RAW_ZST, RAW_GZ, RAW_TAR_ZST -> {
          Optional<Found> disk = sources.disk(name.of());
          yield disk.isEmpty() ? missing(request) : copies.growing(request, name, disk.get());
        }
      };
    } catch (IOException | RefusedImageException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletionStage<Reply> missing(Request request) {
    return CompletableFuture.completedFuture(Failures.missing(request.path().text()));
  }

  /** bmaptool asks for {@code disk.raw.bmap}, then for {@code disk.bmap}. */
  private Optional<Found> mapped(String name) throws IOException {
    Optional<Found> disk = sources.disk(name);
    if (disk.isEmpty() && DerivedName.isDisk(name)) {
      disk = sources.file(name);
    }
    return disk.isPresent() ? disk : sources.disk(name + ".raw");
  }
}
