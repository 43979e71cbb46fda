package io.sluice.server.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.derive.CompressedFile;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.qcow2.Allocation;
import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.LayerDescription;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice image inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints what is understood of an image, without reading its data.",
      "Ends with 1 when it is none that would be served, or its tables are damaged."
    })
final class ImageInspect implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  /** Leaves out fields that are null. */
  private static final JSON PRETTY = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);

  @Mixin private ImageOptions image = new ImageOptions();

  @Option(names = "--json", description = "as a JSON object")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Optional<ContentFormat> compressed = image.compressed();
    if (compressed.isPresent()) {
      return inspectCompressed(compressed.get(), out);
    }
    try (DiskImage disk = image.open();
        Interruption interruption = Interruption.listen()) {
      Allocation allocation = Allocation.of(disk, interruption);
      if (interruption.getAsBoolean()) {
        return INTERRUPTED;
      }
      if (json) {
        out.println(asJson(disk, allocation));
      } else {
        asText(disk, allocation).forEach(out::println);
      }
      return allocation.damaged() == 0 ? 0 : 1;
    }
  }

  private int inspectCompressed(ContentFormat format, PrintWriter out) throws IOException {
    try (CompressedFile file = CompressedFile.open(image.file(), format)) {
      InflatedDisks.Look look = file.look();
      String inside = look.inside().format().label();
      if (json) {
        out.println(asJson(format, file.size(), look));
        return look.inside().format().isForeign() ? 1 : 0;
      }
      List<String> lines = new ArrayList<>();
      line(lines, "image", image.file().toString());
      line(lines, "  file size", ByteCount.exactly(file.size()));
      line(lines, "  format", format.label());
      line(lines, "  inside", inside);
      look.length().ifPresent(length -> line(lines, "  inflated", ByteCount.exactly(length)));
      look.virtualSize().ifPresent(size -> line(lines, "disk", ByteCount.exactly(size)));
      lines.forEach(out::println);
      return look.inside().format().isForeign() ? 1 : 0;
    }
  }

  private String asJson(ContentFormat format, long size, InflatedDisks.Look look)
      throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("path", image.file().toString());
    fields.put("format", format.label());
    fields.put("fileSize", size);
    fields.put("inside", look.inside().format().label());
    look.length().ifPresent(length -> fields.put("inflatedSize", length));
    look.virtualSize().ifPresent(length -> fields.put("virtualSize", length));
    return PRETTY.asString(fields);
  }

  private static List<String> asText(DiskImage disk, Allocation allocation) {
    List<String> lines = new ArrayList<>();
    String title = "image";
    for (LayerDescription layer : disk.layers()) {
      line(lines, title, layer.path().toString());
      line(lines, "  file size", ByteCount.exactly(layer.fileSize()));
      line(lines, "  virtual size", ByteCount.exactly(layer.virtualSize()));
      LayerDescription.Qcow2 qcow2 = layer.qcow2();
      if (qcow2 == null) {
        line(lines, "  format", "raw");
      } else {
        describe(lines, qcow2);
      }
      title = "over";
    }
    line(lines, "disk", ByteCount.exactly(disk.virtualSize()));
    line(lines, "  stored", ByteCount.exactly(allocation.stored()));
    line(lines, "  compressed", ByteCount.exactly(allocation.compressed()));
    line(lines, "  zeros", ByteCount.exactly(allocation.zero()));
    if (allocation.damaged() > 0) {
      line(lines, "  damaged", ByteCount.exactly(allocation.damaged()));
    }
    return lines;
  }

  private static void describe(List<String> lines, LayerDescription.Qcow2 qcow2) {
    line(lines, "  format", "QCOW2 version " + qcow2.version());
    line(lines, "  clusters", ByteCount.of(qcow2.clusterSize()) + ", " + compression(qcow2));
    if (!qcow2.features().isEmpty()) {
      line(lines, "  features", String.join(", ", qcow2.features()));
    }
    if (qcow2.snapshots() > 0) {
      line(lines, "  snapshots", qcow2.snapshots() + ", which are not read");
    }
    if (qcow2.dataFile() != null) {
      line(lines, "  data file", qcow2.dataFile());
    }
    if (qcow2.backingFile() != null) {
      String format = qcow2.backingFormat();
      line(
          lines,
          "  backing file",
          qcow2.backingFile() + (format == null ? ", format not stated" : ", " + format));
    }
  }

  private static void line(List<String> lines, String name, String value) {
    lines.add(String.format(Locale.ROOT, "%-16s%s", name, value));
  }

  private static String compression(LayerDescription.Qcow2 qcow2) {
    return qcow2.compression().name().toLowerCase(Locale.ROOT);
  }

  private static String asJson(DiskImage disk, Allocation allocation) throws IOException {
    Map<String, Object> allocated = new LinkedHashMap<>();
    allocated.put("stored", allocation.stored());
    allocated.put("compressed", allocation.compressed());
    allocated.put("zero", allocation.zero());
    allocated.put("damaged", allocation.damaged());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("virtualSize", disk.virtualSize());
    fields.put("allocation", allocated);
    fields.put("layers", disk.layers().stream().map(ImageInspect::fields).toList());
    return PRETTY.asString(fields);
  }

  private static Map<String, @Nullable Object> fields(LayerDescription layer) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("path", layer.path().toString());
    fields.put("format", layer.format().name().toLowerCase(Locale.ROOT));
    fields.put("fileSize", layer.fileSize());
    fields.put("virtualSize", layer.virtualSize());
    LayerDescription.Qcow2 qcow2 = layer.qcow2();
    if (qcow2 != null) {
      fields.put("version", qcow2.version());
      fields.put("clusterSize", qcow2.clusterSize());
      fields.put("compression", compression(qcow2));
      fields.put("features", qcow2.features());
      fields.put("lazyRefcounts", qcow2.lazyRefcounts());
      fields.put("snapshots", qcow2.snapshots());
      fields.put("dataFile", qcow2.dataFile());
      fields.put("backingFile", qcow2.backingFile());
      fields.put("backingFormat", qcow2.backingFormat());
    }
    return fields;
  }
}
