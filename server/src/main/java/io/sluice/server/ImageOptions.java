package io.sluice.server;

import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.ImageFormat;
import io.sluice.server.qcow2.Limits;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which image a command is about. */
final class ImageOptions {
  @Parameters(paramLabel = "FILE", description = "a QCOW2 or raw disk image")
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
   * Opens the image.
   *
   * @throws IOException when it is refused or cannot be read, with a line to print as it is
   */
  DiskImage open() throws IOException {
    try {
      ImageFormat known = format == null ? ImageFormat.detect(file) : format;
      Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
      return DiskImage.open(file, known, root == null ? folder : root, Limits.STANDARD);
    } catch (FileSystemException e) {
      throw new IOException(e.getFile() + " (expected: an image that can be opened)", e);
    } catch (RefusedImageException | IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
