package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.handler.codec.http.DefaultHttpHeaders;
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
import io.sluice.server.root.ServedRoot;
import io.sluice.server.telemetry.DerivedInstruments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedCopiesTest {
  private static final int SIZE = 1_000_000;

  @TempDir private Path temporary;
  private Path root;
  private DiskRoom room;
  private ImageSources sources;
  private ImageServices services;

  @BeforeEach
  void aCacheWithRoomForOneCopy() throws IOException {
    root = temporary.toRealPath();
    Files.createDirectory(root.resolve("images"));
    room = new DiskRoom(root, SIZE * 3 / 2);
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
    Digests digests = new Digests(room.cache(), ledger, task -> {}, Runnable::run, () -> false);
    services =
        new ImageServices(
            conversions,
            digests,
            new BackgroundDigests(digests, conversions, sources),
            new Recipes(1, 1, 1, Runnable::run),
            DiskRoom.LATER);
  }

  @AfterEach
  void close() throws IOException {
    room.close();
  }

  private CompletableFuture<Reply> whole(String stem, Executor pool) throws Exception {
    String name = stem + ".raw";
    Files.write(root.resolve("images").resolve(name), DiskRoom.noise(stem.hashCode(), SIZE));
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", name + ".zst"), ""),
            Map.of("name", name + ".zst"),
            new DefaultHttpHeaders());
    return new DerivedCopies(services, pool)
        .whole(
            request,
            DerivedName.parse(name + ".zst").orElseThrow(),
            sources.disk(name).orElseThrow())
        .toCompletableFuture();
  }

  @Test
  void aCopyIsNotKeptFromEvictionByAnAnswerForWhichThereWasNoThread() throws Exception {
    CompletableFuture<Reply> refused =
        whole(
            "refused",
            task -> {
              throw new RejectedExecutionException("full");
            });
    assertInstanceOf(
        RejectedExecutionException.class,
        assertThrows(ExecutionException.class, refused::get).getCause());
    Reply.Transfer answer =
        assertInstanceOf(Reply.Transfer.class, whole("wanted", Runnable::run).get());
    assertEquals(200, answer.status().code());
    answer.holds().release();
  }
}
