package io.sluice.server.images;

import static io.sluice.server.images.VirtualDisksScene.SIZE;
import static io.sluice.server.images.VirtualDisksScene.field;
import static io.sluice.server.images.VirtualDisksScene.request;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.http.Reply;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a disk stays open, and who shares it. */
class VirtualDisksSharingTest {
  @TempDir private Path folder;
  private VirtualDisksScene scene;

  @BeforeEach
  void open() throws IOException {
    scene = new VirtualDisksScene(folder);
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }

  @Test
  void aDiskIsSharedWhileItIsOpenAndStaysOpenForAWhile() throws Exception {
    scene.put(1);
    Reply.Transfer first = scene.get();
    Reply.Transfer second = scene.get();
    assertSame(first.holds(), second.holds());
    first.holds().release();
    second.holds().release();
    Reply.Transfer third = scene.get("Range", "bytes=0-0");
    assertSame(first.holds(), third.holds());
    assertEquals(1, scene.later.size(), "its while begins when it is opened");
    scene.later.remove().run();
    assertEquals(1, third.holds().refCnt());
    third.holds().release();
    assertEquals(0, third.holds().refCnt());
    Reply.Transfer fourth = scene.get();
    assertNotSame(first.holds(), fourth.holds());
    fourth.holds().release();
  }

  @Test
  void aDiskThatIsStillReadIsSharedHoweverLongThatTakes() throws Exception {
    scene.put(1);
    Reply.Transfer slow = scene.get();
    scene.later.remove().run();
    assertEquals(1, slow.holds().refCnt());
    Reply.Transfer second = scene.get();
    assertSame(slow.holds(), second.holds());
    assertTrue(scene.later.isEmpty(), "nothing was opened");
    slow.holds().release();
    second.holds().release();
    assertEquals(0, slow.holds().refCnt());
  }

  @Test
  void aDiskIsLetGoThoughThereIsNoThreadForIt() throws Exception {
    scene.put(1);
    try (VirtualDisks full =
        new VirtualDisks(
            scene.services,
            scene.room.filled(),
            scene.sources,
            task -> {
              throw new RejectedExecutionException("full");
            },
            scene.later::add)) {
      Reply.Transfer head =
          assertInstanceOf(
              Reply.Transfer.class,
              full.answer(request(HttpMethod.HEAD, new DefaultHttpHeaders()), scene.image()));
      head.holds().release();
      scene.later.remove().run();
      assertEquals(0, head.holds().refCnt());
    }
  }

  @Test
  void aReplacedImageIsAnotherDiskAndTheOldOneIsReadToItsEnd() throws Exception {
    byte[] old = scene.put(1);
    Reply.Transfer before = scene.get();
    byte[] fresh = scene.put(2);
    Reply.Transfer after = scene.get();
    assertNotSame(before.holds(), after.holds());
    assertNotEquals(field(before, ResponseFields.ETAG), field(after, ResponseFields.ETAG));
    assertArrayEquals(fresh, DiskRoom.follow(after.plan()));
    assertArrayEquals(old, DiskRoom.follow(before.plan()), "none of it was inflated before");
    before.holds().release();
    after.holds().release();
    scene.disks.close();
    assertEquals(0, before.holds().refCnt());
    assertEquals(0, after.holds().refCnt());
  }

  @Test
  void atTheEndWhatWasInflatedIsKeptForTheNextStart() throws Exception {
    scene.put(1);
    Reply.Transfer whole = scene.get();
    DiskRoom.follow(whole.plan());
    whole.holds().release();
    assertEquals(1, whole.holds().refCnt());
    scene.disks.close();
    assertEquals(0, whole.holds().refCnt());
    scene.later.remove().run();
    assertEquals(0, whole.holds().refCnt(), "once");
    long inflated = scene.room.cache().bytes();
    assertTrue(inflated >= SIZE / 2, "in the cache: " + inflated);
    scene.room.close();
    scene.room = new DiskRoom(scene.root, DiskRoom.PLENTY);
    assertEquals(inflated, scene.room.cache().bytes());
  }
}
