package io.sluice.server.boot;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small text file that is read again when it has changed. When what it says now is wrong, that is
 * logged once, and what it said before stays in use until it is mended.
 *
 * @param <T> what its text means
 */
final class WatchedFile<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

  /** More than is written by hand, in bytes. */
  private static final long LARGEST = 1024 * 1024;

  /** Reads the text. */
  interface Parser<T> {
    /**
     * What the text means.
     *
     * @throws ProfileException when it means nothing
     */
    T read(String file, byte[] text) throws ProfileException;
  }

  private final ServedRoot root;
  private final String name;
  private final Parser<T> reader;
  private final Clock clock;
  private @Nullable FileIdentity identity;
  private boolean settled;
  private @Nullable T good;
  private @Nullable String problem;

  /**
   * A file that may come, change and go.
   *
   * @param root what it must not lead out of
   * @param name from the root down; what messages call it
   */
  WatchedFile(ServedRoot root, String name, Parser<T> reader, Clock clock) {
    this.root = root;
    this.name = name;
    this.reader = reader;
    this.clock = clock;
  }

  /**
   * What the file says, or said before it went wrong; empty when there is no file.
   *
   * @throws ProfileException when it never said anything that could be used
   */
  synchronized Optional<T> value() throws IOException {
    look();
    if (identity == null) {
      return Optional.empty();
    }
    if (good == null) {
      throw new ProfileException(problem == null ? name + ": cannot be read" : problem);
    }
    return Optional.of(good);
  }

  /** What is wrong with the file as it is now, if anything is. */
  synchronized Optional<String> problem() throws IOException {
    look();
    return Optional.ofNullable(problem);
  }

  private void look() throws IOException {
    // What a link out of the root leads to is as good as not there.
    Optional<HeldFile> found = root.hold(name);
    if (found.isEmpty()) {
      forget();
      return;
    }
    try (HeldFile held = found.get()) {
      FileIdentity now = held.identity();
      if (settled && now.equals(identity)) {
        return;
      }
      if (!now.regular()) {
        forget();
        return;
      }
      boolean settledNow = !now.mayChangeUnnoticed(clock.instant());
      read(held, now.size());
      identity = now;
      settled = settledNow;
    }
  }

  private void forget() {
    identity = null;
    settled = false;
    good = null;
    problem = null;
  }

  private void read(HeldFile file, long size) throws IOException {
    String found = null;
    try {
      if (size > LARGEST) {
        throw new ProfileException(
            name + ": " + size + " bytes (expected: at most " + LARGEST + ")");
      }
      good = reader.read(name, bytes(file));
    } catch (ProfileException e) {
      found = String.valueOf(e.getMessage());
    }
    if (found != null && !found.equals(problem)) {
      LOG.warn("{}{}", found, good == null ? "" : "; what it said before stays in use");
    } else if (found == null && problem != null) {
      LOG.info("{}: good again", name);
    }
    problem = found;
  }

  private static byte[] bytes(HeldFile file) throws IOException {
    try (InputStream in = Channels.newInputStream(file.read())) {
      return in.readNBytes((int) LARGEST);
    }
  }
}
