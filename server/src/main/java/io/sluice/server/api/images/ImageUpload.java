package io.sluice.server.api.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.digest.Sha256;
import io.sluice.server.http.BodySink;
import io.sluice.server.http.Reply;
import io.sluice.server.root.RootGoneException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes one request's part of an image to a file, on a pool. What came before an upload broke off
 * stays for the next attempt.
 */
final class ImageUpload implements BodySink {
  /** So much at most is asked for again after the machine, not the server, has died. */
  private static final long SYNC_BYTES = 64L * 1024 * 1024;

  /** A client that sends nothing for so long has most likely gone without saying so. */
  private static final long DEAD_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Gives an upload its file. */
  @FunctionalInterface
  interface Opener {
    /**
     * Gives this upload, and no other, the file.
     *
     * @throws BadRequest when the upload is not taken
     */
    Opened open(ImageUpload upload) throws BadRequest, IOException;
  }

  /** A file, and what it belongs to. */
  record Opened(FileChannel file, UploadNote note) {}

  private final String name;
  private final PartFiles parts;
  private final Opener opener;
  private final Consumer<ImageUpload> onRelease;
  private final UploadHeaders headers;
  private final Executor pool;
  private final @Nullable MessageDigest content;
  private @Nullable Opened opened;
  private boolean released;
  private long position;
  private long synced;

  /** The client has gone, or all of the body has come. */
  private volatile boolean left;

  /** Since when the client owes the next piece, 0 while it owes none. */
  private volatile long waitingSince;

  /**
   * Nothing is opened before it is begun.
   *
   * @param parts where what has come is noted
   * @param onRelease told when the file is closed
   */
  ImageUpload(
      String name,
      UploadHeaders headers,
      PartFiles parts,
      Opener opener,
      Consumer<ImageUpload> onRelease,
      Executor pool) {
    this.name = name;
    this.parts = parts;
    this.opener = opener;
    this.onRelease = onRelease;
    this.headers = headers;
    this.pool = pool;
    this.content = headers.contentSha256().isEmpty() ? null : Sha256.begin();
    this.position = headers.start();
    this.synced = headers.start();
  }

  @Override
  public CompletionStage<Optional<Reply>> begin() {
    return onPool(this::open);
  }

  @Override
  public CompletionStage<Optional<Reply>> take(byte[] piece) {
    waitingSince = 0;
    return onPool(() -> write(piece));
  }

  private CompletionStage<Optional<Reply>> onPool(Supplier<Optional<Reply>> work) {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            Optional<Reply> refusal = work.get();
            waitingSince = System.nanoTime() | 1;
            return refusal;
          },
          pool);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(
          Optional.of(Problems.later("too many uploads at once")));
    }
  }

  private synchronized Optional<Reply> open() {
    if (released) {
      return Optional.of(Problems.of(takenOver()));
    }
    try {
      opened = opener.open(this);
      return Optional.empty();
    } catch (BadRequest refused) {
      return Optional.of(Problems.of(refused));
    } catch (RootGoneException gone) {
      return Optional.of(Problems.later("the server has no root at the moment"));
    } catch (IOException e) {
      return Optional.of(noRoom(e));
    }
  }

  private synchronized Optional<Reply> write(byte[] piece) {
    Opened to = opened;
    if (released || to == null) {
      return Optional.of(Problems.of(takenOver()));
    }
    long end = headers.length() < 0 ? Long.MAX_VALUE : headers.start() + headers.length();
    try {
      if (position + piece.length > end) {
        undo(to);
        return Optional.of(Problems.of(otherLength()));
      }
      if (content != null) {
        content.update(piece);
      }
      ByteBuffer rest = ByteBuffer.wrap(piece);
      while (rest.hasRemaining()) {
        position += to.file().write(rest, position);
      }
      if (position - synced >= SYNC_BYTES) {
        sync(to);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(noRoom(e));
    }
  }

  private void sync(Opened to) throws IOException {
    to.file().force(true);
    parts.write(name, to.note().synced(position));
    synced = position;
  }

  /** RFC 4918 §11.5; whatever the reason, the disk did not take it. */
  private Reply noRoom(IOException e) {
    return Problems.page(
        HttpResponseStatus.INSUFFICIENT_STORAGE,
        name
            + ": cannot be written ("
            + e.getMessage()
            + "; expected: room for it; the "
            + position
            + " bytes that have come are kept to be gone on with)",
        "",
        Map.of());
  }

  private BadRequest takenOver() {
    return new BadRequest(
        HttpResponseStatus.CONFLICT,
        name + ": another upload took the place of this one (expected: one upload at a time)");
  }

  private static BadRequest otherLength() {
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST,
        "body (expected: as long as Content-Range says; nothing of it was kept)",
        "Content-Range",
        Map.of());
  }

  /** What came with this request is as if it had not come. */
  private void undo(Opened to) throws IOException {
    to.file().truncate(headers.start());
    position = headers.start();
    if (headers.start() == 0) {
      parts.remove(name);
    }
  }

  /**
   * Syncs what was written, after all of it has come; the file stays this upload's until it is
   * released.
   *
   * @return what the part belongs to, and how much of the image has come
   * @throws BadRequest when what came is not what its head says
   */
  synchronized UploadNote finish() throws BadRequest, IOException {
    Opened to = opened;
    if (released) {
      throw takenOver();
    }
    if (to == null) {
      throw new BadRequest(HttpResponseStatus.BAD_REQUEST, "body (expected: an image)");
    }
    waitingSince = 0;
    if (headers.length() >= 0 && position != headers.start() + headers.length()) {
      undo(to);
      throw otherLength();
    }
    String digest = content == null ? "" : HexFormat.of().formatHex(content.digest());
    if (!digest.equals(headers.contentSha256())) {
      undo(to);
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "Content-Digest (expected: that of the body, "
              + digest
              + " in hex; nothing of it was kept)",
          "Content-Digest",
          Map.of());
    }
    if (position == 0) {
      undo(to);
    } else {
      sync(to);
    }
    return to.note().synced(position);
  }

  /** Gives the file up to the next upload, with all that has come on the disk. */
  synchronized void release() {
    left = true;
    if (released) {
      return;
    }
    released = true;
    Opened to = opened;
    if (to != null) {
      try (FileChannel file = to.file()) {
        if (position > synced && file.isOpen()) {
          sync(to);
        }
      } catch (IOException e) {
        // What could be written is there; what could not is asked for again.
      }
    }
    onRelease.accept(this);
  }

  /** A write may be under way; it ends first. */
  @Override
  public void abandon() {
    left = true;
    try {
      CompletableFuture.runAsync(this::release, pool);
    } catch (RejectedExecutionException full) {
      release();
    }
  }

  /** Whether no client sends it any more, although it was not ended. */
  boolean isDead() {
    long since = waitingSince;
    return left || (since != 0 && System.nanoTime() - since > DEAD_NANOS);
  }

  /** How much of the image has come. */
  synchronized long position() {
    return position;
  }
}
