package io.sluice.server.images;

import io.sluice.server.derive.fill.FilledDisks;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.ContentTypes;
import io.sluice.server.files.FileReply;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.qcow2.RefusedImageException;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Answers with the disks that QCOW2 images hold, without converting them. Blocks. A disk that was
 * opened stays open for a while though no client reads it: clients of ranges come back at once.
 * (What answers share is an open image, which each of them holds against its files, and not the
 * result of work: so it is no {@code SharedWork}.)
 */
final class VirtualDisks implements AutoCloseable {
  private final ImageServices services;
  private final FilledDisks filled;
  private final ImageSources sources;
  private final Executor pool;
  private final Executor later;
  private final ConcurrentMap<Path, VirtualDisk> open = new ConcurrentHashMap<>();
  private final Set<VirtualDisk> kept = ConcurrentHashMap.newKeySet();

  /**
   * No disk is open.
   *
   * @param pool where disks are read
   * @param later runs a task when a disk that was opened need not be kept open any more
   */
  VirtualDisks(
      ImageServices services,
      FilledDisks filled,
      ImageSources sources,
      Executor pool,
      Executor later) {
    this.services = services;
    this.filled = filled;
    this.sources = sources;
    this.pool = pool;
    this.later = later;
  }

  /**
   * The answer for a disk.
   *
   * @throws RefusedImageException when the image is none that will be read
   */
  Reply answer(Request request, Found image) throws IOException {
    if (request.isHead() && !image.isReady()) {
      // How large the disk is in an image that was not inflated yet is not known.
      return reply(request, image.identity()).head();
    }
    VirtualDisk disk = opened(image);
    SourceIdentity identity = disk.identity();
    long size = disk.image().virtualSize();
    TransferPlan plan =
        size == 0
            ? TransferPlan.empty()
            : TransferPlan.of(List.of(new Extent.Awaited(new DiskParts(disk, pool), 0, size)));
    ImageReply reply = reply(request, identity);
    Optional<String> digest = services.background().ofDisk(identity, reply.name(), size, image);
    return reply.of(disk, plan, digest);
  }

  private ImageReply reply(Request request, SourceIdentity identity) {
    return new ImageReply(request, services.validators(FilledDisks.key(identity), identity));
  }

  /** The answer for a file whose bytes are the disk, under whatever name. */
  Reply file(Request request, Found image) throws IOException {
    OpenFiles.Opened opened = sources.openFile(image);
    Optional<String> digest =
        opened.settled()
            ? services.background().sha256(image.path(), opened.identity())
            : Optional.empty();
    return FileReply.to(
        request,
        opened,
        ContentTypes.of(request.parameter("name")),
        digest,
        services.clock().instant());
  }

  /** Opens a disk, or shares it with others that read it. */
  private VirtualDisk opened(Found image) throws IOException {
    VirtualDisk shared = open.get(image.path());
    if (shared != null && shared.tryRetain()) {
      boolean current = false;
      try {
        current = shared.identity().standing() == SourceIdentity.Standing.CURRENT;
      } finally {
        if (!current) {
          shared.release();
        }
      }
      if (current) {
        return shared;
      }
    }
    Qcow2Disk source = (Qcow2Disk) image.open();
    VirtualDisk disk =
        new VirtualDisk(
            source,
            chunkBytes -> filled.open(image.reopener(source.identity()).open(), chunkBytes),
            closed -> open.remove(image.path(), closed));
    disk.retain();
    kept.add(disk);
    open.put(image.path(), disk);
    later.execute(() -> onPoolOrHere(() -> letGo(disk)));
    return disk;
  }

  /** A disk that is read is shared as long as that takes: each has tables of its own in memory. */
  private void letGo(VirtualDisk disk) {
    if (kept.remove(disk)) {
      disk.release();
    }
  }

  /** Late is worse than here: nothing else would let it go. */
  private void onPoolOrHere(Runnable task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException full) {
      task.run();
    }
  }

  /** No disk is kept open any more; those that are being read are closed by their last reader. */
  @Override
  public void close() {
    kept.forEach(this::letGo);
  }
}
