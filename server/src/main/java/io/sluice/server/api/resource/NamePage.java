package io.sluice.server.api.resource;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Some names in their order, out of so many that they are not to be in memory all at once.
 *
 * @param names sorted
 * @param next after which name the next page begins; empty when there is none
 */
public record NamePage(List<String> names, Optional<String> next) {

  /**
   * The first names after one. Reads the whole folder, and keeps no more names of it than a page
   * has.
   *
   * @param folder need not be there
   * @param glob which files are looked at
   * @param name what a file stands for; null when for nothing
   * @param after the last name of the page before, empty for the first page
   * @param limit the most names
   */
  public static NamePage of(
      Path folder, String glob, Function<String, @Nullable String> name, String after, int limit)
      throws IOException {
    PriorityQueue<String> first = new PriorityQueue<>(Comparator.reverseOrder());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
      for (Path file : files) {
        String found = name.apply(String.valueOf(file.getFileName()));
        if (found != null) {
          offer(first, found, after, limit);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      return new NamePage(List.of(), Optional.empty());
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return of(first, limit);
  }

  private static void offer(PriorityQueue<String> first, String name, String after, int limit) {
    if (name.compareTo(after) > 0) {
      first.add(name);
      if (first.size() > limit + 1) {
        first.remove();
      }
    }
  }

  private static NamePage of(PriorityQueue<String> first, int limit) {
    List<String> sorted = first.stream().sorted().toList();
    if (sorted.size() <= limit) {
      return new NamePage(sorted, Optional.empty());
    }
    List<String> page = sorted.subList(0, limit);
    return new NamePage(page, Optional.of(page.get(limit - 1)));
  }
}
