package io.sluice.server.qcow2;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.RootGoneException;
import io.sluice.server.root.ServedRoot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An image with everything it leans on, opened from the top down. */
final class ImageChain implements Closeable {
  private static final String WITHIN = "a regular file within the root";

  private final @Nullable ServedRoot root;
  private final Limits limits;
  private final TableCache cache;
  private final List<ImageFile> files = new ArrayList<>();
  private final Set<FileKey> known = new HashSet<>();
  private final List<LayerDescription> layers = new ArrayList<>();
  private @Nullable Layer top;

  /** What tells one file from another, whatever its names. */
  private record FileKey(long device, long inode) {
    static FileKey of(FileIdentity identity) {
      return new FileKey(identity.device(), identity.inode());
    }
  }

  /** How the file of the image itself is opened. */
  interface Opener {
    FileChannel open(Path real) throws IOException;
  }

  private ImageChain(@Nullable ServedRoot root, Limits limits) {
    this.root = root;
    this.limits = limits;
    this.cache = new TableCache(limits.tableBytes());
  }

  /**
   * Opens an image and everything it leans on.
   *
   * @param root what it leans on has to be there; null when it may lean on nothing
   */
  static ImageChain open(
      Path path, Opener opener, ImageFormat format, @Nullable ServedRoot root, Limits limits)
      throws IOException {
    ImageChain chain = new ImageChain(root, limits);
    try {
      Path real = path.toRealPath();
      if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
        throw RefusedImageException.of(
            "image", String.valueOf(path.getFileName()), "a regular file");
      }
      chain.top = chain.layer(path.toAbsolutePath(), chain.add(real, opener.open(real)), format, 1);
      return chain;
    } catch (IOException | RuntimeException e) {
      chain.close();
      throw e;
    }
  }

  /** Opens a file that no client can exchange. */
  static FileChannel byPath(Path real) throws IOException {
    return FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  private ImageFile add(Path real, FileChannel channel) throws IOException {
    try {
      known.add(FileKey.of(FileIdentity.of(real)));
      ImageFile file = new ImageFile(files.size(), real, channel);
      files.add(file);
      return file;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Opens what is below a file.
   *
   * @param named the path it was asked for by, whose folder the names in it start from
   */
  private Layer layer(Path named, ImageFile file, ImageFormat format, int depth)
      throws IOException {
    if (format == ImageFormat.RAW) {
      layers.add(LayerDescription.of(file, null));
      return new Layer.Raw(file);
    }
    Header header = Header.read(file, limits);
    layers.add(LayerDescription.of(file, header));
    ClusterTables tables = new ClusterTables(file, header, cache);
    tables.check();
    ImageFile data = header.externalData() ? data(named, header) : file;
    String backing = header.backing();
    Layer below = backing == null ? null : below(named, backing, header, depth + 1);
    return new Qcow2Layer(file, data, header, tables, below);
  }

  private ImageFile data(Path named, Header header) throws IOException {
    String name = header.extensions().dataFile();
    if (name == null) {
      throw RefusedImageException.of("external data file", "unnamed", "its name in the header");
    }
    return find("external data file", named, name);
  }

  private Layer below(Path named, String name, Header header, int depth) throws IOException {
    if (depth > limits.chain()) {
      throw RefusedImageException.of("backing file", name, "at most " + limits.chain() + " layers");
    }
    ImageFile file = find("backing file", named, name);
    ImageFormat format = backingFormat(header.extensions().backingFormat(), file);
    Path path = Objects.requireNonNull(named.getParent()).resolve(name);
    try {
      return layer(path, file, format, depth);
    } catch (RefusedImageException refused) {
      throw depth == 2 ? refused.in("backing file") : refused;
    }
  }

  private static ImageFormat backingFormat(@Nullable String stated, ImageFile file)
      throws IOException {
    if (stated == null) {
      return ImageFormat.detect(file.channel());
    }
    return switch (stated) {
      case "raw" -> ImageFormat.RAW;
      case "qcow2" -> ImageFormat.QCOW2;
      default -> throw RefusedImageException.of("backing file format", stated, "raw or qcow2");
    };
  }

  /**
   * The file that a name in an image means. What is outside the root, hidden, missing or no file is
   * not told apart: an image must not be a way to find out what there is on the machine.
   */
  private ImageFile find(String what, Path named, String name) throws IOException {
    FileName.checkRelative(what, name);
    ServedRoot within = root;
    if (within == null) {
      throw RefusedImageException.of(what, name, WITHIN);
    }
    try (HeldFile held = within.file(Objects.requireNonNull(named.getParent()).resolve(name))) {
      if (known.contains(FileKey.of(held.identity()))) {
        throw RefusedImageException.of(what, name, "a file that is not yet part of this image");
      }
      return add(held.path(), held.read());
    } catch (NoSuchFileException | AccessDeniedException | InvalidPathException notThere) {
      // Refused like what is there and must not be used.
      throw RefusedImageException.of(what, name, WITHIN);
    } catch (RefusedImageException | RootGoneException e) {
      throw e;
    } catch (IOException e) {
      throw RefusedImageException.of(what, name, "a file that can be read");
    }
  }

  Layer top() {
    return Objects.requireNonNull(top);
  }

  List<ImageFile> files() {
    return List.copyOf(files);
  }

  List<LayerDescription> layers() {
    return List.copyOf(layers);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (ImageFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
