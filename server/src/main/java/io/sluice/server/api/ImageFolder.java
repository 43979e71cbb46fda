package io.sluice.server.api;

import io.sluice.server.boot.ImageFacts;
import io.sluice.server.boot.MachineRules;
import io.sluice.server.images.ImageCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The images of a root, those that are made from others included. The digest of an image is what
 * the file {@code NAME.sha256} beside it says, as {@code sha256sum} writes it, unless the image is
 * newer; else the one that was computed. Looks at the disk each time.
 */
public final class ImageFolder implements ImageFacts {
  private static final String DIGEST = ".sha256";
  private static final int LARGEST_DIGEST_FILE = 4096;
  private static final Pattern DIGEST_LINE =
      Pattern.compile("([0-9a-fA-F]{64})(?:\\s.*)?", Pattern.DOTALL);

  /** More than a menu on a screen is good for, and few enough for a script. */
  private static final int MOST_OFFERED = 500;

  /** What may lie beside an image without being one. */
  private static final Set<String> SIDECARS =
      Set.of("sha256", "sha512", "md5", "asc", "sig", "bmap", "part", "tmp", "txt");

  private final Path folder;
  private final @Nullable ImageCatalogue catalogue;

  /**
   * The images in a folder, which need not be there.
   *
   * @param catalogue knows more than their names, null when nothing is made from images
   */
  public ImageFolder(Path folder, @Nullable ImageCatalogue catalogue) {
    this.folder = folder;
    this.catalogue = catalogue;
  }

  /** What is served under a name, if anything is. */
  Optional<ImageCatalogue.Entry> find(String name) throws IOException {
    if (catalogue != null) {
      return catalogue.find(name);
    }
    if (!Files.isRegularFile(path(name))) {
      return Optional.empty();
    }
    return Optional.of(
        new ImageCatalogue.Entry(
            path(name),
            ImageCatalogue.format(name),
            OptionalLong.of(Files.size(path(name))),
            OptionalLong.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            true));
  }

  /** Where an image lies, or would. */
  Path path(String name) {
    return folder.resolve(name);
  }

  /** Where the digest of an image lies, or would. */
  Path digestFile(String name) {
    return folder.resolve(name + DIGEST);
  }

  @Override
  public Optional<String> digest(String image) {
    if (!MachineRules.isImage(image)) {
      return Optional.empty();
    }
    try {
      String name = installed(image);
      Optional<ImageCatalogue.Entry> entry = find(name);
      Optional<String> stated = entry.flatMap(known -> stated(name, known));
      return stated.isPresent() || catalogue == null ? stated : catalogue.digest(name);
    } catch (IOException notKnown) {
      return Optional.empty();
    }
  }

  @Override
  public String installed(String image) {
    if (catalogue == null || !MachineRules.isImage(image)) {
      return image;
    }
    try {
      return catalogue.installed(image);
    } catch (IOException notKnown) {
      throw new UncheckedIOException(notKnown);
    }
  }

  @Override
  public Optional<String> problem(String image) {
    if (catalogue == null || !MachineRules.isImage(image)) {
      return Optional.empty();
    }
    try {
      return catalogue.problem(image);
    } catch (IOException e) {
      return Optional.of(image + ": cannot be read at the moment");
    }
  }

  /** What the file beside an image says, where the bytes of that file are what is served. */
  Optional<String> stated(String image, ImageCatalogue.Entry entry) {
    if (!entry.isFile() && Files.exists(path(image))) {
      return Optional.empty();
    }
    Path sidecar = digestFile(image);
    try {
      boolean newer =
          Files.getLastModifiedTime(entry.file()).compareTo(Files.getLastModifiedTime(sidecar)) > 0;
      if (newer || Files.size(sidecar) > LARGEST_DIGEST_FILE) {
        return Optional.empty();
      }
      Matcher line = DIGEST_LINE.matcher(Files.readString(sidecar, StandardCharsets.ISO_8859_1));
      return line.matches()
          ? Optional.of(line.group(1).toLowerCase(Locale.ROOT))
          : Optional.empty();
    } catch (IOException notThere) {
      return Optional.empty();
    }
  }

  /**
   * The names of the files that may be images, in their order.
   *
   * @param after the last name of the page before, empty for the first page
   * @param limit the most names
   */
  NamePage names(String after, int limit) throws IOException {
    NamePage page = NamePage.of(folder, "*", ImageFolder::image, after, limit);
    // Looking at each of them is left until it is known which are asked for.
    return new NamePage(
        page.names().stream().filter(name -> Files.isRegularFile(path(name))).toList(),
        page.next());
  }

  private static @Nullable String image(String file) {
    return MachineRules.isImage(file)
            && !SIDECARS.contains(file.substring(file.lastIndexOf('.') + 1))
        ? file
        : null;
  }

  @Override
  public List<String> names() {
    try {
      return names("", MOST_OFFERED).names();
    } catch (IOException e) {
      throw new UncheckedIOException(folder.toString(), e);
    }
  }
}
