package io.sluice.server.derive;

import static io.sluice.server.derive.ConversionScene.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to an image, or to the cache, while a copy is made. */
class TouchedSourceTest {
  @TempDir Path folder;
  private ConversionScene scene;

  @BeforeEach
  void open() throws IOException {
    scene = new ConversionScene(folder);
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  private static ConversionScene.Step once(ConversionScene.Step step) {
    AtomicBoolean done = new AtomicBoolean();
    return () -> {
      if (!done.getAndSet(true)) {
        step.taken();
      }
    };
  }

  @Test
  void aChangeOfModeOrLinksOrTimeOfAccessDoesNotCutACopy() throws Exception {
    ConversionScene.Step touching =
        once(
            () -> {
              Files.setPosixFilePermissions(
                  scene.image, PosixFilePermissions.fromString("rw-r-----"));
              Files.createLink(folder.resolve("link"), scene.image);
              Files.setAttribute(scene.image, "lastAccessTime", FileTime.fromMillis(1000));
            });
    try (GrowingCopy copy = scene.begin(scene.copying(touching))) {
      assertArrayEquals(scene.disk, read(copy));
    }
    assertEquals(2, scene.made.get(), "made once more to be sure");
    assertEquals(0, scene.failures());
  }

  @Test
  void bytesThatAreChangedUnderATimeThatIsPutBackCutACopy() throws Exception {
    FileTime modified = Files.getLastModifiedTime(scene.image);
    ConversionScene.Step writing =
        once(
            () -> {
              try (FileChannel file = FileChannel.open(scene.image, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), 50);
              }
              Files.setLastModifiedTime(scene.image, modified);
            });
    try (GrowingCopy copy = scene.begin(scene.copying(writing))) {
      ExecutionException failure =
          assertThrows(
              ExecutionException.class,
              () -> copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS));
      assertTrue(String.valueOf(failure.getMessage()).contains("changed"), failure.toString());
    }
  }

  @Test
  void whoComesWhileACopyIsSyncedWaitsForItAndHasItNotMadeAgain() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    Recipe copying = scene.copying(() -> {});
    GrowingCopy first =
        scene.begin(
            (source, output) -> {
              copying.make(source, output);
              await(goOn);
            });
    for (long there = 0; there < scene.disk.length; ) {
      there = first.beyond(there).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    Derived second;
    // Nothing gets its name in the cache meanwhile.
    synchronized (scene.cache) {
      goOn.countDown();
      first.beyond(scene.disk.length).toCompletableFuture().get(10, TimeUnit.SECONDS);
      first.close();
      second = scene.obtain(copying);
      assertTrue(assertInstanceOf(Derived.Growing.class, second).copy().isComplete());
    }
    try (GrowingCopy copy = ((Derived.Growing) second).copy()) {
      copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    assertEquals(1, scene.made.get());
    assertInstanceOf(Derived.Finished.class, scene.obtain(copying));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void whoOpensACopyThatFailedIsToldWhy() throws Exception {
    GrowingCopy copy =
        scene.begin(
            (source, output) -> {
              output.append(ByteBuffer.wrap(new byte[] {1}));
              throw new NoRoomException("the cache is full");
            });
    assertThrows(
        ExecutionException.class,
        () -> copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS));
    assertThrows(NoRoomException.class, copy::open);
    copy.close();
  }
}
