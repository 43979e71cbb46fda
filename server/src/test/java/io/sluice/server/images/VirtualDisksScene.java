package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.derive.ConversionLedger;
import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.format.Recipes;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.telemetry.DerivedInstruments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** An image in a folder, the {@link VirtualDisks} it is read by, and requests for it. */
final class VirtualDisksScene {
  static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  static final int SIZE = 10 * CLUSTER;

  final Deque<Runnable> atLeisure = new ArrayDeque<>();
  final Deque<Runnable> later = new ArrayDeque<>();
  final Path root;
  DiskRoom room;
  final ImageSources sources;
  final ImageServices services;
  final VirtualDisks disks;

  /** With its images in a folder of this one. */
  VirtualDisksScene(Path folder) throws IOException {
    root = folder.toRealPath();
    Files.createDirectory(root.resolve("images"));
    room = new DiskRoom(root, DiskRoom.PLENTY);
    ConversionLedger ledger =
        new ConversionLedger(new DerivedInstruments(new PrometheusRegistry()), System::nanoTime);
    Conversions conversions =
        new Conversions(room.cache(), ledger, Runnable::run, Runnable::run, Duration.ZERO);
    sources =
        new ImageSources(
            new ServedRoot(root),
            new OpenFiles(DiskRoom.LATER),
            new InflatedDisks(conversions, Runtime.getRuntime().maxMemory()),
            DiskRoom.LATER);
    Digests digests = new Digests(room.cache(), ledger, atLeisure::add, Runnable::run, () -> false);
    services =
        new ImageServices(
            conversions,
            digests,
            new BackgroundDigests(digests, conversions, sources),
            new Recipes(1, 1, 1, Runnable::run),
            DiskRoom.LATER);
    disks = new VirtualDisks(services, room.filled(), sources, Runnable::run, later::add);
  }

  /** Closes the disks, then what they are kept in. */
  void close() throws IOException {
    disks.close();
    room.close();
  }

  /** Puts an image in its place, half of it compressed; its disk. */
  byte[] put(long seed) throws IOException {
    byte[] model = DiskRoom.noise(seed, SIZE);
    Qcow2Writer writer = new Qcow2Writer(3, CLUSTER_BITS, SIZE);
    for (int i = 0; i < SIZE / CLUSTER; i++) {
      byte[] cluster = Arrays.copyOfRange(model, i * CLUSTER, (i + 1) * CLUSTER);
      if (i % 2 == 0) {
        writer.stored(i, cluster);
      } else {
        writer.compressed(i, cluster, i);
      }
    }
    put(writer.image());
    return model;
  }

  void put(byte[] image) throws IOException {
    Path fresh = Files.write(root.resolve("fresh"), image);
    Files.move(fresh, root.resolve("images/disk.qcow2"), StandardCopyOption.REPLACE_EXISTING);
  }

  Reply ask(HttpMethod method, String... fields) throws Exception {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    return disks.answer(request(method, headers), image());
  }

  static Request request(HttpMethod method, HttpHeaders headers) {
    return new Request(
        method,
        new RequestTarget.Path(List.of("images", "disk.raw"), ""),
        Map.of("name", "disk.raw"),
        headers);
  }

  ImageSources.Found image() throws IOException {
    return sources.disk("disk.raw").orElseThrow();
  }

  Reply.Transfer get(String... fields) throws Exception {
    return assertInstanceOf(Reply.Transfer.class, ask(HttpMethod.GET, fields));
  }

  static String field(Reply reply, CharSequence name) {
    return reply.headers().entrySet().stream()
        .filter(entry -> entry.getKey().toString().equals(name.toString()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("none");
  }
}
