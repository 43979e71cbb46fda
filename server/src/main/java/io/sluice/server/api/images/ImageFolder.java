package io.sluice.server.api.images;

import io.sluice.server.api.resource.NamePage;
import io.sluice.server.boot.ImageDigest;
import io.sluice.server.boot.ImageFacts;
import io.sluice.server.images.ImageCatalogue;
import io.sluice.server.images.ImageVersions;
import io.sluice.server.images.Sidecar;
import io.sluice.server.machines.DiskDigest;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.HeldFolder;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images of a root, those that are made from others included. Their digests are always computed
 * here; what a file {@code NAME.sha256} beside an image says is compared with that. Looks at the
 * disk each time.
 */
public final class ImageFolder implements ImageFacts {
  /** More than a menu on a screen is good for, and few enough for a script. */
  private static final int MOST_OFFERED = 500;

  /** What may lie beside an image without being one. */
  private static final Set<String> SIDECARS =
      Set.of("sha256", "sha512", "md5", "asc", "sig", "bmap", "part", "tmp", "txt");

  private static final String FOLDER = "images";

  private final ServedRoot root;
  private final @Nullable ImageCatalogue catalogue;

  /**
   * The images in a folder of a root, which need not be there.
   *
   * @param catalogue knows more than their names, null when nothing is made from images
   */
  public ImageFolder(ServedRoot root, @Nullable ImageCatalogue catalogue) {
    this.root = root;
    this.catalogue = catalogue;
  }

  /** What is served under a name, if anything is. */
  public Optional<ImageCatalogue.Entry> find(String name) throws IOException {
    if (catalogue != null) {
      return catalogue.find(name);
    }
    return root.find(List.of(FOLDER, name))
        .map(
            file ->
                new ImageCatalogue.Entry(
                    file.path(),
                    ImageCatalogue.format(name),
                    OptionalLong.of(file.identity().size()),
                    OptionalLong.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    true));
  }

  /** What is under a name, served or not. */
  enum Place {
    FREE,
    IMAGE,
    FOLDER,
    OTHER
  }

  /** The folder itself. */
  HeldFolder folder() {
    return new HeldFolder(root, FOLDER);
  }

  /** What is where an image of this name would be. */
  Place place(String name) throws IOException {
    Optional<HeldFile> found = root.hold(FOLDER + "/" + name);
    if (found.isEmpty()) {
      return Place.FREE;
    }
    try (HeldFile held = found.get()) {
      return held.identity().regular()
          ? Place.IMAGE
          : Files.isDirectory(held.place()) ? Place.FOLDER : Place.OTHER;
    }
  }

  /**
   * The entity tag with which a file is served, once it has settled (RFC 9110 §8.8.3); empty when
   * there is none.
   */
  Optional<String> entityTag(String name) throws IOException {
    Optional<HeldFile> found = root.hold(FOLDER + "/" + name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (HeldFile held = found.get()) {
      return Optional.of('"' + held.identity().tag() + '"');
    }
  }

  /** Deletes an image, and what is said of it beside it. */
  void delete(String name) throws IOException {
    folder().within(folder -> Files.deleteIfExists(folder.resolve(name)));
    deleteSidecar(name);
  }

  /** Deletes what is said of an image beside it, unless that is about other files, too. */
  void deleteSidecar(String name) throws IOException {
    String sidecar = Sidecar.of(name);
    if (Sidecar.read(root, Path.of(FOLDER, sidecar)).isOnlyOf(name)) {
      folder().within(folder -> Files.deleteIfExists(folder.resolve(sidecar)));
    }
  }

  @Override
  public Optional<String> digest(String image) {
    if (catalogue == null || !MachineRules.isImage(image)) {
      return Optional.empty();
    }
    try {
      return catalogue.digest(installed(image));
    } catch (IOException notKnown) {
      return Optional.empty();
    }
  }

  @Override
  public ImageDigest wanted(String image) {
    if (!MachineRules.isImage(image)) {
      return new ImageDigest.Problem(image + ": no such image");
    }
    if (catalogue == null) {
      return new ImageDigest.Problem(
          image
              + ": its SHA-256 cannot be computed (expected: a --cache that the server can write"
              + " to)");
    }
    try {
      ImageVersions.Version now = catalogue.versions().wanted(image);
      if (now.problem().isPresent()) {
        return new ImageDigest.Problem(now.problem().get());
      }
      return now.sha256().isPresent()
          ? new ImageDigest.Known(now.sha256().get())
          : new ImageDigest.Computed(now.left());
    } catch (IOException e) {
      return new ImageDigest.Problem(image + ": cannot be read at the moment");
    }
  }

  /**
   * Takes in the digest of an image that came, if it is still that file.
   *
   * @param came what it was before it got its name
   */
  void learn(String image, BasicFileAttributes came, String sha256) throws IOException {
    if (catalogue != null) {
      catalogue.versions().learn(image, came, sha256);
    }
  }

  @Override
  public String installed(String image) {
    if (catalogue == null || !MachineRules.isImage(image)) {
      return image;
    }
    try {
      return catalogue.versions().installed(image);
    } catch (IOException notKnown) {
      throw new UncheckedIOException(notKnown);
    }
  }

  @Override
  public Optional<DiskNames> diskNames(String image) throws IOException {
    if (catalogue == null || !MachineRules.isImage(image)) {
      return Optional.empty();
    }
    Optional<String> raw =
        ImageCatalogue.isCopy(image)
            ? catalogue.unpacked(image)
            : Optional.of(installed(image)).filter(catalogue::isDisk);
    if (raw.isEmpty()) {
      return Optional.empty();
    }
    String stem = ImageCatalogue.stem(raw.get());
    boolean own = catalogue.holdsSameDisk(raw.get(), stem + ".raw");
    return Optional.of(
        new DiskNames(
            raw.get(),
            own && catalogue.holdsSameDisk(raw.get(), stem + ".raw.zst") ? stem + ".raw.zst" : "",
            own ? stem + ".raw.bmap" : ""));
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

  /**
   * The names of the files that may be images, in their order.
   *
   * @param after the last name of the page before, empty for the first page
   * @param limit the most names
   */
  NamePage names(String after, int limit) throws IOException {
    NamePage page;
    try {
      page = folder().within(all -> NamePage.of(all, "*", ImageFolder::image, after, limit));
    } catch (NoSuchFileException none) {
      return new NamePage(List.of(), Optional.empty());
    }
    // Looking at each of them is left until it is known which are asked for.
    List<String> files = new ArrayList<>();
    for (String name : page.names()) {
      if (root.find(List.of(FOLDER, name)).isPresent()) {
        files.add(name);
      }
    }
    return new NamePage(files, page.next());
  }

  private static @Nullable String image(String file) {
    return MachineRules.isImage(file)
            && !SIDECARS.contains(file.substring(file.lastIndexOf('.') + 1))
        ? file
        : null;
  }

  @Override
  public boolean holdsSameDisk(String one, String other) {
    try {
      return catalogue != null && catalogue.holdsSameDisk(one, other);
    } catch (IOException notKnown) {
      return false;
    }
  }

  @Override
  public Optional<DiskDigest> readBack(String image, String digest) throws IOException {
    Optional<ImageCatalogue.Entry> entry =
        MachineRules.isImage(image) ? find(installed(image)) : Optional.empty();
    Optional<String> now = entry.isPresent() ? digest(image) : Optional.empty();
    boolean current = digest.isEmpty() || now.filter(digest::equals).isPresent();
    if (catalogue != null && ImageCatalogue.isCopy(image)) {
      Optional<String> disk = current ? catalogue.unpacked(image) : Optional.empty();
      return disk.isPresent() ? readBack(disk.get(), "") : Optional.empty();
    }
    if (digest.isEmpty() && entry.isPresent() && now.isEmpty()) {
      throw new IOException(image + ": its digest is being computed");
    }
    OptionalLong size =
        current
            ? entry
                .map(known -> known.virtualSize().isPresent() ? known.virtualSize() : known.size())
                .orElse(OptionalLong.empty())
            : OptionalLong.empty();
    return Optional.of(digest.isEmpty() ? now.orElse("") : digest)
        .filter(sha256 -> !sha256.isEmpty())
        .map(sha256 -> new DiskDigest(sha256, size));
  }

  @Override
  public List<String> names() {
    try {
      return names("", MOST_OFFERED).names();
    } catch (IOException e) {
      throw new UncheckedIOException(root.path(FOLDER).toString(), e);
    }
  }
}
