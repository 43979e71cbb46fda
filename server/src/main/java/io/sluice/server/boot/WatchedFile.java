package io.sluice.server.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.Objects;
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

  /** More than anybody writes by hand, in bytes. */
  private static final long LARGEST = 1024 * 1024;

  /** Longer than the coarsest clock file systems stamp changes with. */
  private static final long CLOCK_TICK_MILLIS = 20;

  /** Reads the text. */
  interface Parser<T> {
    /**
     * What the text means.
     *
     * @throws ProfileException when it means nothing
     */
    T read(String file, byte[] text) throws ProfileException;
  }

  private record Stamp(FileTime modified, long size, @Nullable Object key) {}

  private final Path root;
  private final Path path;
  private final String name;
  private final Parser<T> reader;
  private final Clock clock;
  private @Nullable Stamp stamp;
  private boolean settled;
  private @Nullable T good;
  private @Nullable String problem;

  /**
   * A file that may come, change and go.
   *
   * @param root what it must not lead out of
   * @param name from the root down; what messages call it
   */
  WatchedFile(Path root, String name, Parser<T> reader, Clock clock) {
    this.root = root;
    this.path = root.resolve(name);
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
    if (stamp == null) {
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
    Stamp now;
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        forget();
        return;
      }
      now = new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    } catch (NoSuchFileException gone) {
      forget();
      return;
    }
    if (settled && Objects.equals(now, stamp)) {
      return;
    }
    // What a link out of the root leads to is as good as not there.
    if (!path.toRealPath().startsWith(root.toRealPath())) {
      forget();
      return;
    }
    boolean settledNow = isSettled(now.modified(), clock);
    read(now.size());
    stamp = now;
    settled = settledNow;
  }

  /** Whether any further change will have another time. */
  static boolean isSettled(FileTime modified, Clock clock) {
    return modified.toInstant().isBefore(clock.instant().minusMillis(CLOCK_TICK_MILLIS));
  }

  private void forget() {
    stamp = null;
    settled = false;
    good = null;
    problem = null;
  }

  private void read(long size) throws IOException {
    String found = null;
    try {
      if (size > LARGEST) {
        throw new ProfileException(
            name + ": " + size + " bytes (expected: at most " + LARGEST + ")");
      }
      good = reader.read(name, Files.readAllBytes(path));
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
}
