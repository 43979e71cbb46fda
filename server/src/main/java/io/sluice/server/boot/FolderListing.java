package io.sluice.server.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names in a folder, read again when it has changed. Most profiles that are asked for are not
 * there in every language, and asking the file system for each of them costs more than a script.
 */
final class FolderListing {
  private record Stamp(FileTime modified, @Nullable Object key) {}

  private final Path folder;
  private final Clock clock;
  private @Nullable Stamp stamp;
  private boolean settled;
  private Set<String> names = Set.of();

  /** The names in a folder that need not be there. */
  FolderListing(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /** Whether there is something of this name. */
  boolean has(String name) throws IOException {
    return names().contains(name);
  }

  /** Every name. */
  synchronized Set<String> names() throws IOException {
    Stamp now;
    try {
      BasicFileAttributes attributes = Files.readAttributes(folder, BasicFileAttributes.class);
      now = new Stamp(attributes.lastModifiedTime(), attributes.fileKey());
    } catch (NoSuchFileException gone) {
      stamp = null;
      names = Set.of();
      return names;
    }
    if (!settled || !Objects.equals(now, stamp)) {
      settled = WatchedFile.isSettled(now.modified(), clock);
      names = read();
      stamp = now;
    }
    return names;
  }

  private Set<String> read() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .collect(Collectors.toUnmodifiableSet());
    } catch (NoSuchFileException gone) {
      return Set.of();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
