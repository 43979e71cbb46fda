package io.sluice.server.qcow2;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one layer of an image.
 *
 * @param path where it is, free of symbolic links
 * @param format how it is read
 * @param fileSize length of the file in bytes
 * @param virtualSize length of its disk in bytes
 * @param qcow2 what only a QCOW2 file has, else null
 */
public record LayerDescription(
    Path path, ImageFormat format, long fileSize, long virtualSize, @Nullable Qcow2 qcow2) {

  /**
   * What the header of a QCOW2 file says.
   *
   * @param version 2 or 3
   * @param clusterSize in bytes
   * @param compression of its compressed clusters, if it has any
   * @param features names of the incompatible features that are set
   * @param lazyRefcounts whether a writer may have left the reference counts for later
   * @param snapshots how many internal snapshots there are; they are not read
   * @param dataFile name of the external data file as it stands in the header, or null
   * @param backingFile name of the backing file as it stands in the header, or null
   * @param backingFormat its format as it stands in the header, or null
   */
  public record Qcow2(
      int version,
      int clusterSize,
      Compression compression,
      List<String> features,
      boolean lazyRefcounts,
      long snapshots,
      @Nullable String dataFile,
      @Nullable String backingFile,
      @Nullable String backingFormat) {

    static Qcow2 of(Header header) {
      return new Qcow2(
          header.version(),
          header.clusterSize(),
          header.compression(),
          Feature.names(header.incompatible()),
          (header.compatible() & 1) != 0,
          header.snapshots(),
          plain(header.externalData() ? header.extensions().dataFile() : null),
          plain(header.backing()),
          plain(header.extensions().backingFormat()));
    }

    private static @Nullable String plain(@Nullable String text) {
      return text == null ? null : PlainText.of(text);
    }
  }

  static LayerDescription of(ImageFile file, @Nullable Header header) {
    return header == null
        ? new LayerDescription(file.path(), ImageFormat.RAW, file.size(), file.size(), null)
        : new LayerDescription(
            file.path(), ImageFormat.QCOW2, file.size(), header.size(), Qcow2.of(header));
  }
}
