package io.sluice.server.api;

import io.sluice.server.digest.Sha256;
import io.sluice.server.http.BodySink;
import io.sluice.server.http.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes one request's part of an image to a file, on a pool. What came before an upload broke off
 * stays for the next attempt.
 */
final class ImageUpload implements BodySink {
  private static final int HASH_BUFFER = 1024 * 1024;

  /** Where the bytes go. */
  interface Target {
    /**
     * Opens the file for this upload and no other.
     *
     * @throws BadRequest when the upload cannot be taken
     */
    FileChannel open() throws BadRequest, IOException;

    /** The file is closed. */
    void release();
  }

  private final Target target;
  private final Executor pool;
  private @Nullable FileChannel channel;
  private boolean abandoned;
  private long position;

  /**
   * Nothing is opened before something comes.
   *
   * @param start where in the file the part begins
   */
  ImageUpload(Target target, long start, Executor pool) {
    this.target = target;
    this.pool = pool;
    this.position = start;
  }

  @Override
  public CompletionStage<Optional<Reply>> take(byte[] piece) {
    try {
      return CompletableFuture.supplyAsync(() -> write(piece), pool);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(
          Optional.of(Problems.later("too many uploads at once")));
    }
  }

  private synchronized Optional<Reply> write(byte[] piece) {
    if (abandoned) {
      return Optional.empty();
    }
    try {
      FileChannel out = channel == null ? target.open() : channel;
      channel = out;
      ByteBuffer left = ByteBuffer.wrap(piece);
      while (left.hasRemaining()) {
        position += out.write(left, position);
      }
      return Optional.empty();
    } catch (BadRequest refused) {
      return Optional.of(Problems.of(refused));
    } catch (IOException e) {
      return Optional.of(Problems.later("the image cannot be written: " + e.getMessage()));
    }
  }

  /**
   * Syncs what was written; the file stays this upload's until it is released.
   *
   * @return where in the file the part ended, empty when nothing came
   */
  synchronized OptionalLong finish() throws IOException {
    FileChannel out = channel;
    if (out == null) {
      return OptionalLong.empty();
    }
    out.truncate(position);
    out.force(true);
    return OptionalLong.of(position);
  }

  /** Gives the file up to the next upload. */
  synchronized void release() {
    abandoned = true;
    FileChannel out = channel;
    channel = null;
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        // What could be written is there; what could not is asked for again.
      }
      target.release();
    }
  }

  /** A write may be under way; it ends first. */
  @Override
  public void abandon() {
    try {
      CompletableFuture.runAsync(this::release, pool);
    } catch (RejectedExecutionException full) {
      release();
    }
  }

  /** The SHA-256 of a file in hex. */
  static String sha256(Path file) throws IOException {
    MessageDigest digest = Sha256.begin();
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocate(HASH_BUFFER);
      while (in.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
