package io.sluice.server.images;

import static io.sluice.server.images.VirtualDisksScene.CLUSTER_BITS;
import static io.sluice.server.images.VirtualDisksScene.SIZE;
import static io.sluice.server.images.VirtualDisksScene.field;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.http.Reply;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualDisksTest {
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
  void theAnswerIsTheWholeDiskWithValidatorsOfItsOwn() throws Exception {
    byte[] model = scene.put(1);
    Reply.Transfer whole = scene.get();
    assertEquals(200, whole.status().code());
    assertEquals("application/octet-stream", whole.contentType());
    assertEquals("bytes", field(whole, ResponseFields.ACCEPT_RANGES));
    assertTrue(field(whole, ResponseFields.ETAG).matches("\"[0-9a-f]{32}\""));
    assertTrue(whole.plan().isLengthKnown());
    assertArrayEquals(model, DiskRoom.follow(whole.plan()));
    whole.holds().release();
  }

  @Test
  void aHeadSaysHowLongTheDiskIsAndOpensNothingInTheCache() throws Exception {
    scene.put(1);
    Reply.Transfer head =
        assertInstanceOf(Reply.Transfer.class, scene.ask(HttpMethod.HEAD, "Range", "bytes=0-1"));
    assertEquals(200, head.status().code());
    assertEquals(SIZE, head.plan().length());
    head.holds().release();
    assertEquals(0, scene.room.cache().bytes());
  }

  @Test
  void rangesAreThoseOfTheDisk() throws Exception {
    byte[] model = scene.put(1);
    Reply.Transfer part = scene.get("Range", "bytes=70000-200000");
    assertEquals(206, part.status().code());
    assertEquals("bytes 70000-200000/" + SIZE, field(part, ResponseFields.CONTENT_RANGE));
    assertArrayEquals(Arrays.copyOfRange(model, 70000, 200001), DiskRoom.follow(part.plan()));
    part.holds().release();
  }

  @Test
  void severalRangesAreReadFromOneSource() throws Exception {
    byte[] model = scene.put(1);
    Reply.Transfer parts = scene.get("Range", "bytes=0-9,300000-300009,-10");
    byte[] body = DiskRoom.follow(parts.plan());
    for (int from : new int[] {0, 300_000, SIZE - 10}) {
      byte[] wanted = Arrays.copyOfRange(model, from, from + 10);
      assertTrue(contains(body, wanted), "the bytes from " + from);
    }
    parts.holds().release();
  }

  private static boolean contains(byte[] body, byte[] wanted) {
    for (int at = 0; at + wanted.length <= body.length; at++) {
      if (Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void whatTheClientHasIsNotSentAgainAndNotHeld() throws Exception {
    scene.put(1);
    Reply.Transfer first = scene.get();
    String etag = field(first, ResponseFields.ETAG);
    assertEquals(304, scene.ask(HttpMethod.GET, "If-None-Match", etag).status().code());
    assertEquals(412, scene.ask(HttpMethod.GET, "If-Match", "\"x\"").status().code());
    assertEquals(416, scene.ask(HttpMethod.GET, "Range", "bytes=" + SIZE + "-").status().code());
    assertEquals(2, first.holds().refCnt(), "this answer, and for the next request");
    first.holds().release();
  }

  @Test
  void anEmptyDiskIsAnEmptyAnswer() throws Exception {
    scene.put(new Qcow2Writer(3, CLUSTER_BITS, 0).image());
    Reply.Transfer empty = scene.get();
    assertEquals(200, empty.status().code());
    assertTrue(empty.plan().isLengthKnown());
    assertEquals(0, empty.plan().length());
    empty.holds().release();
  }

  @Test
  void whatIsNoImageIsRefused() throws Exception {
    scene.put(new byte[5000]);
    assertThrows(RefusedImageException.class, scene::get);
    assertTrue(scene.later.isEmpty(), "nothing is open");
  }

  @Test
  void theDigestOfADiskThatWasSentIsThereForLaterRequests() throws Exception {
    byte[] model = scene.put(1);
    Reply.Transfer first = scene.get();
    assertEquals("none", field(first, ResponseFields.REPR_DIGEST));
    while (!scene.atLeisure.isEmpty()) {
      scene.atLeisure.remove().run();
    }
    Reply.Transfer second = scene.get();
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(model);
    assertEquals(
        "sha-256=:" + Base64.getEncoder().encodeToString(sum) + ":",
        field(second, ResponseFields.REPR_DIGEST));
    first.holds().release();
    second.holds().release();
  }
}
