package io.sluice.server.cli;

import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.derive.source.DiskContent;
import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.ImageFormat;
import io.sluice.server.qcow2.Limits;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that name an image file, and the image opened. */
final class ImageOptions {
  @Parameters(
      paramLabel = "FILE",
      description = "a QCOW2 or raw disk image, or one of them compressed")
  private Path file = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "qcow2 or raw (default: what the file begins like)")
  private @Nullable ImageFormat format;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "where backing and data files may be (default: the folder of the image)")
  private @Nullable Path root;

  /** What was given on the command line. */
  Path file() {
    return file;
  }

  /**
   * What the file begins like; empty when {@code --format} says it.
   *
   * @throws IOException when it cannot be read, with a line to print as it is
   */
  Optional<DiskContent> content() throws IOException {
    if (format != null) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return Optional.of(DiskContent.of(channel));
    } catch (FileSystemException e) {
      throw new IOException(e.getFile() + " (expected: an image that can be opened)", e);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** The format of a compressed file; empty when it is none. */
  Optional<ContentFormat> compressed() throws IOException {
    return content().map(DiskContent::format).filter(ContentFormat::isCompressed);
  }

  /** Refuses a file of another format, and a compressed one. */
  private void check() throws IOException {
    DiskContent content = content().orElse(null);
    if (content == null) {
      return;
    }
    String name = file.toString();
    Optional<String> run = content.advice(name, name.replaceFirst("\\.[^./]*$", ""));
    if (run.isPresent()) {
      throw new IOException(
          file
              + ": "
              + content.format().name()
              + " (expected: QCOW2 or a raw disk; run "
              + run.get()
              + ")");
    }
    if (content.format().isCompressed()) {
      throw new IOException(
          file + ": " + content.format().label() + " (expected: what is in it; inflate it first)");
    }
  }

  /**
   * Opens the image.
   *
   * @throws IOException when it is refused or cannot be read, with a line to print as it is
   */
  DiskImage open() throws IOException {
    check();
    try {
      ImageFormat known = format == null ? ImageFormat.detect(file) : format;
      Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
      return DiskImage.open(file, known, root == null ? folder : root, Limits.STANDARD);
    } catch (FileSystemException e) {
      throw new IOException(e.getFile() + " (expected: an image that can be opened)", e);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
