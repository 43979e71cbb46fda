package io.sluice.server.derive;

import static io.sluice.server.derive.ConversionScene.BUDGET;
import static io.sluice.server.derive.ConversionScene.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.TestDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversions of which nothing stays in the cache, and why. */
class UnkeptConversionsTest {
  @TempDir private Path folder;
  private ConversionScene scene;

  @BeforeEach
  void open() throws IOException {
    scene = new ConversionScene(folder);
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  private static Throwable causeOf(Future<?> failed) {
    return assertThrows(ExecutionException.class, () -> failed.get(10, TimeUnit.SECONDS))
        .getCause();
  }

  @Test
  void aCopyGoesOnForAReaderThatComesBack() throws Exception {
    ConversionScene patient = new ConversionScene(folder.resolve("patient"), Duration.ofHours(1));
    CountDownLatch back = new CountDownLatch(1);
    Recipe slow = patient.copying(() -> await(back));
    patient.begin(slow).close();
    try (GrowingCopy copy = patient.begin(slow)) {
      back.countDown();
      assertArrayEquals(patient.disk, read(copy));
    }
    assertEquals(1, patient.made.get());
    patient.close();
  }

  private static void await(CountDownLatch event) throws IOException {
    try {
      assertTrue(event.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aFailureIsToldCountedAndForgotten() throws Exception {
    GrowingCopy failing =
        scene.begin(
            scene.copying(
                () -> {
                  throw new IOException("broken");
                }));
    assertEquals("broken", causeOf(failing.finished().toCompletableFuture()).getMessage());
    failing.close();
    assertEquals(1, scene.failures());
    assertArrayEquals(scene.disk, scene.readAll(scene.obtain(scene.copying(() -> {}))));
  }

  @Test
  void aSourceThatIsChangedMeanwhileGivesNothing() throws Exception {
    GrowingCopy copy =
        scene.begin(
            scene.copying(
                () -> Files.write(scene.image, new byte[] {1}, StandardOpenOption.APPEND)));
    assertTrue(causeOf(copy.finished().toCompletableFuture()).getMessage().contains("changed"));
    copy.close();
    assertEquals(0, scene.cache.bytes());
  }

  @Test
  void aSourceThatIsReplacedMeanwhileIsReadToItsEndAndNotKept() throws Exception {
    CacheKey old = scene.key();
    Path fresh = Files.write(folder.resolve("fresh"), new byte[] {1, 2, 3});
    GrowingCopy copy =
        scene.begin(
            scene.copying(
                () -> {
                  if (Files.exists(fresh)) {
                    Files.move(fresh, scene.image, StandardCopyOption.REPLACE_EXISTING);
                  }
                }));
    copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertArrayEquals(scene.disk, read(copy));
    copy.close();
    assertTrue(scene.cache.find(old).isEmpty());
    assertArrayEquals(new byte[] {1, 2, 3}, scene.readAll(scene.obtain(scene.copying(() -> {}))));
  }

  @Test
  void aCopyThatDoesNotFitIsRefusedAndLeavesNothing() throws Exception {
    Recipe large =
        (source, output) -> {
          for (long done = 0; done <= BUDGET; done += 1_000_000) {
            output.append(ByteBuffer.allocate(1_000_000));
          }
        };
    GrowingCopy copy = scene.begin(large);
    assertInstanceOf(NoRoomException.class, causeOf(copy.finished().toCompletableFuture()));
    copy.close();
    assertEquals(0, scene.cache.bytes());
  }

  @Test
  void withoutAThreadNothingIsBegunAndNothingIsLeft() throws Exception {
    Conversions refusing =
        new Conversions(
            scene.cache,
            scene.ledger,
            task -> {
              throw new RejectedExecutionException("full");
            },
            Runnable::run,
            Duration.ZERO);
    assertThrows(
        RejectedExecutionException.class,
        () ->
            refusing.obtain(
                scene.key(), "disk", TestDisk.open(scene.image), scene.copying(() -> {})));
    assertEquals(0, scene.made.get());
    assertArrayEquals(scene.disk, scene.readAll(scene.obtain(scene.copying(() -> {}))));
  }
}
