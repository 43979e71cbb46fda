package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.derive.ConversionLedger;
import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.RecipeBook;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.files.ServedRoot;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualDisksTest {
  private static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  private static final int SIZE = 10 * CLUSTER;

  @TempDir private Path temporary;
  private final Deque<Runnable> atLeisure = new ArrayDeque<>();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private Path root;
  private DiskRoom room;
  private ImageSources sources;
  private Workshop workshop;
  private VirtualDisks disks;

  @BeforeEach
  void aRoot() throws IOException {
    root = temporary.toRealPath();
    Files.createDirectory(root.resolve("images"));
    room = new DiskRoom(root, DiskRoom.PLENTY);
    sources =
        new ImageSources(new ServedRoot(root), root, new OpenFiles(DiskRoom.LATER), DiskRoom.LATER);
    ConversionLedger ledger = new ConversionLedger(new PrometheusRegistry(), System::nanoTime);
    Conversions conversions = new Conversions(room.cache(), ledger, Runnable::run, Runnable::run);
    Digests digests = new Digests(room.cache(), ledger, atLeisure::add, Runnable::run, () -> false);
    workshop =
        new Workshop(
            conversions,
            digests,
            new DigestDesk(digests, conversions, sources),
            new RecipeBook(1, 1, 1, Runnable::run),
            DiskRoom.LATER);
    disks = new VirtualDisks(workshop, room.filled(), sources, Runnable::run, later::add);
  }

  @AfterEach
  void close() throws IOException {
    disks.close();
    room.close();
  }

  /** Puts an image in its place, half of it compressed; its disk. */
  private byte[] put(long seed) throws IOException {
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

  private void put(byte[] image) throws IOException {
    Path fresh = Files.write(root.resolve("fresh"), image);
    Files.move(fresh, root.resolve("images/disk.qcow2"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Reply ask(HttpMethod method, String... fields) throws Exception {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    return disks.answer(request(method, headers), image());
  }

  private static Request request(HttpMethod method, HttpHeaders headers) {
    return new Request(
        method,
        new RequestTarget.Path(List.of("images", "disk.raw"), ""),
        Map.of("name", "disk.raw"),
        headers);
  }

  private ImageSources.Found image() throws IOException {
    return sources.disk("disk.raw").orElseThrow();
  }

  private Reply.Transfer get(String... fields) throws Exception {
    return assertInstanceOf(Reply.Transfer.class, ask(HttpMethod.GET, fields));
  }

  private static String field(Reply reply, CharSequence name) {
    return reply.headers().entrySet().stream()
        .filter(entry -> entry.getKey().toString().equals(name.toString()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("none");
  }

  @Test
  void theAnswerIsTheWholeDiskWithValidatorsOfItsOwn() throws Exception {
    byte[] model = put(1);
    Reply.Transfer whole = get();
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
    put(1);
    Reply.Transfer head =
        assertInstanceOf(Reply.Transfer.class, ask(HttpMethod.HEAD, "Range", "bytes=0-1"));
    assertEquals(200, head.status().code());
    assertEquals(SIZE, head.plan().length());
    head.holds().release();
    assertEquals(0, room.cache().bytes());
  }

  @Test
  void rangesAreThoseOfTheDisk() throws Exception {
    byte[] model = put(1);
    Reply.Transfer part = get("Range", "bytes=70000-200000");
    assertEquals(206, part.status().code());
    assertEquals("bytes 70000-200000/" + SIZE, field(part, ResponseFields.CONTENT_RANGE));
    assertArrayEquals(Arrays.copyOfRange(model, 70000, 200001), DiskRoom.follow(part.plan()));
    part.holds().release();
  }

  @Test
  void severalRangesAreReadFromOneSource() throws Exception {
    byte[] model = put(1);
    Reply.Transfer parts = get("Range", "bytes=0-9,300000-300009,-10");
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
    put(1);
    Reply.Transfer first = get();
    String etag = field(first, ResponseFields.ETAG);
    assertEquals(304, ask(HttpMethod.GET, "If-None-Match", etag).status().code());
    assertEquals(412, ask(HttpMethod.GET, "If-Match", "\"x\"").status().code());
    assertEquals(416, ask(HttpMethod.GET, "Range", "bytes=" + SIZE + "-").status().code());
    assertEquals(2, first.holds().refCnt(), "this answer, and for whoever asks next");
    first.holds().release();
  }

  @Test
  void aDiskIsSharedWhileItIsOpenAndStaysOpenForAWhile() throws Exception {
    put(1);
    Reply.Transfer first = get();
    Reply.Transfer second = get();
    assertSame(first.holds(), second.holds());
    first.holds().release();
    second.holds().release();
    Reply.Transfer third = get("Range", "bytes=0-0");
    assertSame(first.holds(), third.holds());
    assertEquals(1, later.size(), "its while begins when it is opened");
    later.remove().run();
    assertEquals(1, third.holds().refCnt());
    third.holds().release();
    assertEquals(0, third.holds().refCnt());
    Reply.Transfer fourth = get();
    assertNotSame(first.holds(), fourth.holds());
    fourth.holds().release();
  }

  @Test
  void aDiskThatIsStillReadIsSharedHoweverLongThatTakes() throws Exception {
    put(1);
    Reply.Transfer slow = get();
    later.remove().run();
    assertEquals(1, slow.holds().refCnt());
    Reply.Transfer second = get();
    assertSame(slow.holds(), second.holds());
    assertTrue(later.isEmpty(), "nothing was opened");
    slow.holds().release();
    second.holds().release();
    assertEquals(0, slow.holds().refCnt());
  }

  @Test
  void aDiskIsLetGoThoughThereIsNoThreadForIt() throws Exception {
    put(1);
    try (VirtualDisks full =
        new VirtualDisks(
            workshop,
            room.filled(),
            sources,
            task -> {
              throw new RejectedExecutionException("full");
            },
            later::add)) {
      Reply.Transfer head =
          assertInstanceOf(
              Reply.Transfer.class,
              full.answer(request(HttpMethod.HEAD, new DefaultHttpHeaders()), image()));
      head.holds().release();
      later.remove().run();
      assertEquals(0, head.holds().refCnt());
    }
  }

  @Test
  void aReplacedImageIsAnotherDiskAndTheOldOneIsReadToItsEnd() throws Exception {
    byte[] old = put(1);
    Reply.Transfer before = get();
    byte[] fresh = put(2);
    Reply.Transfer after = get();
    assertNotSame(before.holds(), after.holds());
    assertNotEquals(field(before, ResponseFields.ETAG), field(after, ResponseFields.ETAG));
    assertArrayEquals(fresh, DiskRoom.follow(after.plan()));
    assertArrayEquals(old, DiskRoom.follow(before.plan()), "none of it was inflated before");
    before.holds().release();
    after.holds().release();
    disks.close();
    assertEquals(0, before.holds().refCnt());
    assertEquals(0, after.holds().refCnt());
  }

  @Test
  void atTheEndWhatWasInflatedIsKeptForTheNextStart() throws Exception {
    put(1);
    Reply.Transfer whole = get();
    DiskRoom.follow(whole.plan());
    whole.holds().release();
    assertEquals(1, whole.holds().refCnt());
    disks.close();
    assertEquals(0, whole.holds().refCnt());
    later.remove().run();
    assertEquals(0, whole.holds().refCnt(), "once");
    long inflated = room.cache().bytes();
    assertTrue(inflated >= SIZE / 2, "in the cache: " + inflated);
    room.close();
    room = new DiskRoom(root, DiskRoom.PLENTY);
    assertEquals(inflated, room.cache().bytes());
  }

  @Test
  void anEmptyDiskIsAnEmptyAnswer() throws Exception {
    put(new Qcow2Writer(3, CLUSTER_BITS, 0).image());
    Reply.Transfer empty = get();
    assertEquals(200, empty.status().code());
    assertTrue(empty.plan().isLengthKnown());
    assertEquals(0, empty.plan().length());
    empty.holds().release();
  }

  @Test
  void whatIsNoImageIsRefused() throws Exception {
    put(new byte[5000]);
    assertThrows(RefusedImageException.class, this::get);
    assertTrue(later.isEmpty(), "nothing is open");
  }

  @Test
  void theDigestOfADiskThatWasSentIsThereForThoseWhoComeLater() throws Exception {
    byte[] model = put(1);
    Reply.Transfer first = get();
    assertEquals("none", field(first, ResponseFields.REPR_DIGEST));
    while (!atLeisure.isEmpty()) {
      atLeisure.remove().run();
    }
    Reply.Transfer second = get();
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(model);
    assertEquals(
        "sha-256=:" + Base64.getEncoder().encodeToString(sum) + ":",
        field(second, ResponseFields.REPR_DIGEST));
    first.holds().release();
    second.holds().release();
  }
}
