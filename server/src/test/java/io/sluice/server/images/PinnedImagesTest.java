package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.derive.ConversionLedger;
import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.format.Recipes;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.images.DerivedImages.Pin;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.telemetry.DerivedInstruments;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An answer is of the version that was looked at, whenever the file is replaced. */
class PinnedImagesTest {
  private static final int SIZE = 100_000;

  @TempDir private Path temporary;
  private final Deque<Runnable> digesting = new ArrayDeque<>();
  private final List<ByteBuf> held = new ArrayList<>();
  private Path images;
  private DiskRoom room;
  private ImageVersions versions;
  private PinnedImages pinned;
  private Pin pin;

  @BeforeEach
  void pinTheFirstVersion() throws IOException {
    Path root = temporary.toRealPath();
    images = Files.createDirectory(root.resolve("images"));
    room = new DiskRoom(root, DiskRoom.PLENTY);
    ConversionLedger ledger =
        new ConversionLedger(new DerivedInstruments(new PrometheusRegistry()), System::nanoTime);
    Conversions conversions =
        new Conversions(room.cache(), ledger, Runnable::run, Runnable::run, Duration.ZERO);
    ImageSources sources =
        new ImageSources(
            new ServedRoot(root),
            new OpenFiles(DiskRoom.LATER),
            new InflatedDisks(conversions, Runtime.getRuntime().maxMemory()),
            DiskRoom.LATER);
    Digests digests = new Digests(room.cache(), ledger, task -> {}, digesting::add, () -> false);
    versions =
        new ImageVersions(
            sources,
            new ImageServices(
                conversions,
                digests,
                new BackgroundDigests(digests, conversions, sources),
                new Recipes(1, 1, 1, Runnable::run),
                DiskRoom.LATER));
    pinned = new PinnedImages(versions, Runnable::run);
    replace(1);
    versions.served("disk.raw");
    digest();
    pin = new Pin("disk.raw", versions.served("disk.raw").sha256().orElseThrow());
  }

  @AfterEach
  void nothingIsHeld() throws IOException {
    held.forEach(each -> assertEquals(0, each.refCnt()));
    room.close();
  }

  private void digest() {
    while (!digesting.isEmpty()) {
      digesting.remove().run();
    }
  }

  private void replace(int seed) {
    try {
      Path next = Files.write(images.resolve(".next"), DiskRoom.noise(seed, SIZE));
      Files.move(next, images.resolve("disk.raw"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers with something that is held, after something has happened. */
  private Endpoint answering(Runnable meanwhile) {
    return request -> {
      meanwhile.run();
      ByteBuf holds = Unpooled.buffer(1);
      held.add(holds);
      return CompletableFuture.completedFuture(
          new Reply.Transfer(
              HttpResponseStatus.OK,
              "application/octet-stream",
              holds,
              TransferPlan.empty(),
              new HashMap<>()));
    };
  }

  private Reply ask(String name, Endpoint endpoint) {
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", name), ""),
            Map.of("name", name),
            new DefaultHttpHeaders());
    return pinned.answer(request, pin, endpoint).toCompletableFuture().join();
  }

  private static void release(Reply reply) {
    assertInstanceOf(Reply.Transfer.class, reply).holds().release();
  }

  private static void refused(int status, Reply reply) {
    assertEquals(status, reply.status().code(), reply.toString());
  }

  @Test
  void theVersionThatIsThereIsDelivered() {
    release(ask("disk.raw", answering(() -> {})));
    release(ask("disk.raw.zst", answering(() -> {})));
    release(ask("other.raw", answering(() -> {})));
  }

  @Test
  void aFileThatIsReplacedBeforeItIsOpenedIsNotDelivered() {
    refused(503, ask("disk.raw", answering(() -> replace(2))));
    digest();
    refused(409, ask("disk.raw", answering(() -> {})));
    assertEquals(1, held.size(), "nothing is opened for who is refused");
  }

  @Test
  void aFileThatIsReplacedByTheSameBytesIsDeliveredAtTheSecondAttempt() {
    List<Integer> times = new ArrayList<>();
    release(
        ask(
            "disk.raw",
            answering(
                () -> {
                  times.add(1);
                  if (times.size() == 1) {
                    replace(1);
                    versions.served("disk.raw");
                    digest();
                  }
                })));
    assertEquals(2, times.size());
  }

  @Test
  void aFileThatIsReplacedAllTheTimeIsForLater() {
    refused(
        503,
        ask(
            "disk.raw",
            answering(
                () -> {
                  replace(1);
                  versions.served("disk.raw");
                  digest();
                })));
  }

  @Test
  void aFileThatIsChangedInPlaceIsNotDelivered() throws IOException {
    Files.write(images.resolve("disk.raw"), new byte[] {1}, StandardOpenOption.APPEND);
    refused(503, ask("disk.raw", answering(() -> {})));
    digest();
    refused(409, ask("disk.raw", answering(() -> {})));
    refused(409, ask("disk.raw.bmap", answering(() -> {})));
  }

  @Test
  void aLongAnswerEndsWithoutItsLastByteWhenItsFileWasChangedInPlace() throws Exception {
    byte[] bytes = DiskRoom.noise(1, 2_000_000);
    Endpoint sending =
        request -> {
          ByteBuf holds = Unpooled.buffer(1);
          held.add(holds);
          return CompletableFuture.completedFuture(
              new Reply.Transfer(
                  HttpResponseStatus.OK,
                  "application/octet-stream",
                  holds,
                  TransferPlan.of(List.of(new Extent.Memory(bytes, 0, bytes.length))),
                  new HashMap<>()));
        };
    Reply whole = ask("disk.raw", sending);
    Reply mixed = ask("disk.raw", sending);
    assertArrayEquals(bytes, DiskRoom.follow(((Reply.Transfer) whole).plan()));
    Path old = Files.createLink(images.resolve(".old"), images.resolve("disk.raw"));
    assertArrayEquals(bytes, DiskRoom.follow(((Reply.Transfer) whole).plan()), "a link more");
    Files.write(old, new byte[] {1}, StandardOpenOption.WRITE);
    assertThrows(ExecutionException.class, () -> DiskRoom.follow(((Reply.Transfer) mixed).plan()));
    replace(2);
    assertArrayEquals(bytes, DiskRoom.follow(((Reply.Transfer) whole).plan()), "replaced");
    release(whole);
    release(mixed);
  }

  @Test
  void anotherFileInThePlaceOfTheDiskIsRefused() throws IOException {
    Files.move(images.resolve("disk.raw"), images.resolve("disk.img"));
    pin = new Pin("disk.img", pin.sha256());
    versions.served("disk.img");
    digest();
    release(ask("disk.raw", answering(() -> {})));
    replace(2);
    refused(409, ask("disk.raw", answering(() -> {})));
    refused(409, ask("disk.raw.zst", answering(() -> {})));
    release(ask("disk.img", answering(() -> {})));
  }

  @Test
  void anImageThatIsGoneIsToldToBeGone() throws IOException {
    Files.delete(images.resolve("disk.raw"));
    Reply reply = ask("disk.raw", answering(() -> {}));
    refused(503, reply);
    assertTrue(
        reply instanceof Reply.Problem problem && problem.detail().contains("no such image"),
        reply.toString());
  }
}
