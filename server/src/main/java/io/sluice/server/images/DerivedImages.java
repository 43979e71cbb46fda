package io.sluice.server.images;

import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.fill.FilledDisks;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The images of a root, and what is derived from them when no file of the wanted name is there:
 * copies are sent while they are made for the first time, and are files like any other from then
 * on; block maps and digests are waited for.
 */
public final class DerivedImages implements AutoCloseable {
  /** A virtual disk stays open for so long after it was opened, though no client reads it. */
  private static final long KEPT_SECONDS = 10;

  private final ImageSources sources;
  private final DerivedCopies copies;
  private final DigestPages digests;
  private final InflatedAnswers inflated;
  private final VirtualDisks disks;
  private final Endpoint files;
  private final PinnedImages pinned;
  private final Function<Request, Optional<Pin>> pins;
  private final Executor pool;

  /**
   * Serves these.
   *
   * @param filled where compressed clusters are inflated
   * @param files answers with the file of a name, whose parameter is {@code name}
   * @param pins the one version of an image that a request is for; never blocks
   * @param pool may block; when it refuses work, the answer is 503
   */
  public DerivedImages(
      ImageSources sources,
      ImageServices services,
      FilledDisks filled,
      Endpoint files,
      ImageVersions versions,
      Function<Request, Optional<Pin>> pins,
      Executor pool) {
    this.sources = sources;
    this.copies = new DerivedCopies(services, pool);
    this.inflated = new InflatedAnswers(services, pool);
    this.digests = new DigestPages(services, copies);
    this.disks =
        new VirtualDisks(
            services,
            filled,
            sources,
            pool,
            CompletableFuture.delayedExecutor(KEPT_SECONDS, TimeUnit.SECONDS, Runnable::run));
    this.files = files;
    this.pinned = new PinnedImages(versions, pool);
    this.pins = pins;
    this.pool = pool;
  }

  /**
   * What an installation may have.
   *
   * @param image the image it is of
   * @param sha256 in hex, of what is installed for it
   */
  public record Pin(String image, String sha256) {}

  /** Answers for a route with the parameter {@code name}. */
  public Endpoint endpoint() {
    return request -> {
      Optional<Pin> pin = pins.apply(request);
      return pin.isEmpty() ? any(request) : pinned.answer(request, pin.get(), this::any);
    };
  }

  private CompletionStage<Reply> any(Request request) {
    Optional<DerivedName> name = DerivedName.parse(request.parameter("name"));
    if (name.isEmpty() || request.path().endsWithSlash()) {
      return files.answer(request);
    }
    return Failures.onPool(request, pool, () -> blocking(request, name.get()));
  }

  /** After the last answer: what is kept open for the next request is put aside. Blocks. */
  @Override
  public void close() {
    disks.close();
  }

  private CompletionStage<Reply> blocking(Request request, DerivedName name) throws IOException {
    if (name.form() == DerivedFormat.RAW) {
      Optional<Found> disk = sources.disk(name.of());
      return disk.isEmpty() ? missing(request) : disk(request, disk.get());
    }
    if (isWanted(request, name)) {
      return files.answer(request);
    }
    return switch (name.form()) {
      case SHA256 -> digest(request, name);
      case BMAP -> {
        Optional<Found> disk = mapped(name.of());
        yield disk.isEmpty()
            ? missing(request)
            : whenReady(request, disk.get(), () -> copies.whole(request, name, disk.get()));
      }
      case RAW_ZST, RAW_GZ, RAW_TAR_ZST -> {
        Optional<Found> disk = sources.disk(name.of());
        yield disk.isEmpty()
            ? missing(request)
            : whenReady(request, disk.get(), () -> copies.growing(request, name, disk.get()));
      }
      case RAW, INFLATED -> missing(request);
    };
  }

  private CompletionStage<Reply> disk(Request request, Found disk) throws IOException {
    if (disk.isBytes()) {
      return disk.name().equals(request.parameter("name"))
          ? files.answer(request)
          : CompletableFuture.completedFuture(disks.file(request, disk));
    }
    return disk.isQcow2()
        ? whenReady(
            request, disk, () -> CompletableFuture.completedFuture(disks.answer(request, disk)))
        : inflated.answer(request, disk);
  }

  private CompletionStage<Reply> digest(Request request, DerivedName name) throws IOException {
    Optional<Found> found = sources.served(name.of());
    if (found.isPresent()) {
      return whenReady(request, found.get(), () -> digests.ofSource(request, name, found.get()));
    }
    Optional<DerivedName> copy = DerivedName.parse(name.of()).filter(DerivedName::isCopy);
    Optional<Found> disk = copy.isPresent() ? sources.disk(copy.get().of()) : Optional.empty();
    return copy.isEmpty() || disk.isEmpty()
        ? missing(request)
        : whenReady(
            request, disk.get(), () -> digests.ofCopy(request, name, copy.get(), disk.get()));
  }

  /** Answers when a disk can be opened, which nothing is done for where only a head is wanted. */
  private CompletionStage<Reply> whenReady(
      Request request, Found disk, BlockingStage<Reply> answering) throws IOException {
    if (disk.isRefused() || request.isHead() || disk.isReady()) {
      return answering.begin();
    }
    return inflated
        .whole(request, disk)
        .thenCompose(ready -> Failures.onPool(request, pool, answering));
  }

  /**
   * Whether there is a file of the name that was asked for. What lies beside a file that holds a
   * disk says something about the file; under the name of the disk, the disk is meant.
   */
  private boolean isWanted(Request request, DerivedName name) throws IOException {
    if (!sources.isFile(request.parameter("name"))) {
      return false;
    }
    Optional<Found> exact =
        name.form() == DerivedFormat.SHA256 && name.of().endsWith(".raw")
            ? sources.own(name.of())
            : Optional.empty();
    return exact.isEmpty() || exact.get().isBytes();
  }

  private static CompletionStage<Reply> missing(Request request) {
    return CompletableFuture.completedFuture(Failures.missing(request.path().text()));
  }

  /**
   * The map is that of the disk that a file is or holds: a map of the file would have a client
   * write the file to a disk. bmaptool asks for {@code disk.raw.bmap}, then for {@code disk.bmap}.
   */
  private Optional<Found> mapped(String name) throws IOException {
    Optional<Found> disk = sources.disk(name);
    if (disk.isEmpty()) {
      disk = sources.own(name);
    }
    return disk.isPresent() ? disk : sources.disk(name + ".raw");
  }
}
