package io.sluice.server.boot;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names in a folder, read again when it has changed. Most profiles that are asked for are not
 * there in every language, and asking the file system for each of them costs more than a script.
 */
final class FolderListing {
  private final ServedRoot root;
  private final String folder;
  private final Clock clock;
  private @Nullable FileIdentity identity;
  private boolean settled;
  private Set<String> names = Set.of();

  /**
   * The names in a folder that need not be there.
   *
   * @param folder from the root down
   */
  FolderListing(ServedRoot root, String folder, Clock clock) {
    this.root = root;
    this.folder = folder;
    this.clock = clock;
  }

  /** Whether there is something of this name. */
  boolean has(String name) throws IOException {
    return names().contains(name);
  }

  /** Every name. */
  synchronized Set<String> names() throws IOException {
    Optional<HeldFile> found = root.hold(folder);
    if (found.isEmpty()) {
      identity = null;
      names = Set.of();
      return names;
    }
    try (HeldFile held = found.get()) {
      FileIdentity now = held.identity();
      if (!settled || !now.equals(identity)) {
        settled = !now.mayChangeUnnoticed(clock.instant());
        names = read(held.place());
        identity = now;
      }
    }
    return names;
  }

  private static Set<String> read(Path folder) throws IOException {
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
