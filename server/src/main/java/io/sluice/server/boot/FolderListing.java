package io.sluice.server.boot;

import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names in a folder, read again when it has changed. Most profiles that are asked for are not
 * there in every language, and asking the file system for each of them costs more than a script.
 */
final class FolderListing {
  private final Path folder;
  private final Clock clock;
  private @Nullable FileIdentity identity;
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
    FileIdentity now;
    try {
      now = FileIdentity.followed(folder);
    } catch (NoSuchFileException gone) {
      identity = null;
      names = Set.of();
      return names;
    }
    if (!settled || !now.equals(identity)) {
      settled = !now.mayChangeUnnoticed(clock.instant());
      names = read();
      identity = now;
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
