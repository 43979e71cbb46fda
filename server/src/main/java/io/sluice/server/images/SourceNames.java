package io.sluice.server.images;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names of the files that may hold the disk {@code STEM.raw}: STEM and an extension that disks
 * have, in any case of letters. Which format a file has is not told by its name; the name says
 * which of several is taken. The folder is listed again when it has changed. Blocks.
 */
final class SourceNames {
  private static final List<String> DISKS =
      List.of(".raw", ".img", ".qcow2", ".qcow2.img", ".wic", ".iso", ".dd");

  /** With these the file itself is the disk, if nothing speaks against it. */
  private static final List<String> BYTES = List.of(".raw", ".img", ".wic", ".iso", ".dd", ".bin");

  private static final List<String> COMPRESSORS = List.of(".xz", ".zst", ".gz", ".bz2");

  /** Such disks are not read; they are looked for so that it can be said what to do with them. */
  private static final List<String> FOREIGN = List.of(".vmdk", ".vhd", ".vhdx", ".vdi");

  /** In the order in which files are preferred. */
  private static final List<String> EXTENSIONS =
      Stream.of(
              DISKS.stream(),
              DISKS.stream().flatMap(disk -> COMPRESSORS.stream().map(disk::concat)),
              FOREIGN.stream())
          .flatMap(each -> each)
          .toList();

  private final ServedRoot root;
  private final String folder;
  private final Clock clock;
  private volatile @Nullable Listing listing;

  /** Names in the order of their characters. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Listing(FileIdentity folder, boolean settled, String[] names) {}

  private record Ranked(int rank, String name) {}

  /**
   * The names in a folder.
   *
   * @param folder from the root down
   */
  SourceNames(ServedRoot root, String folder, Clock clock) {
    this.root = root;
    this.folder = folder;
    this.clock = clock;
  }

  /** Which files may hold the disk of a stem, the one that is preferred first. */
  List<String> of(String stem) throws IOException {
    String[] names = names();
    String prefix = stem + ".";
    int found = Arrays.binarySearch(names, prefix);
    List<Ranked> ranked = new ArrayList<>();
    for (int i = found < 0 ? -found - 1 : found;
        i < names.length && names[i].startsWith(prefix);
        i++) {
      String name = names[i];
      OptionalInt rank = rank(name.substring(stem.length()));
      rank.ifPresent(value -> ranked.add(new Ranked(value, name)));
    }
    // Of names that differ in case only, the one in small letters.
    ranked.sort(
        Comparator.comparingInt(Ranked::rank)
            .thenComparing(Ranked::name, Comparator.reverseOrder()));
    return ranked.stream().map(Ranked::name).toList();
  }

  /** What stands before the longest extension that disks have; empty when a name has none. */
  static Optional<String> stem(String name) {
    for (int dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (rank(name.substring(dot)).isPresent()) {
        return Optional.of(name.substring(0, dot));
      }
    }
    return Optional.empty();
  }

  /** Whether the name says that the bytes are those of a disk, and not of something around it. */
  static boolean promisesBytes(String name) {
    String small = name.toLowerCase(Locale.ROOT);
    return BYTES.stream().anyMatch(small::endsWith);
  }

  /** Whether the name says that this is a QCOW2 image. */
  static boolean isQcow2(String name) {
    return name.toLowerCase(Locale.ROOT).contains(".qcow2");
  }

  private static OptionalInt rank(String extension) {
    int index = EXTENSIONS.indexOf(extension.toLowerCase(Locale.ROOT));
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }

  private String[] names() throws IOException {
    Optional<HeldFile> found = root.hold(folder);
    if (found.isEmpty()) {
      return new String[0];
    }
    try (HeldFile held = found.get()) {
      return names(held);
    }
  }

  private String[] names(HeldFile held) throws IOException {
    FileIdentity now = held.identity();
    Listing known = listing;
    if (known != null && known.settled() && known.folder().equals(now)) {
      return known.names();
    }
    boolean settled = !now.mayChangeUnnoticed(clock.instant());
    try (Stream<Path> entries = Files.list(held.place())) {
      String[] names =
          entries
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(name -> stem(name).isPresent())
              .sorted()
              .toArray(String[]::new);
      listing = new Listing(now, settled, names);
      return names;
    } catch (NoSuchFileException | NotDirectoryException none) {
      return new String[0];
    }
  }
}
