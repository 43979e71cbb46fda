package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.server.readahead.ColdReads;
import io.sluice.server.readahead.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanReaderTest {
  private static final int BLOCK_BYTES = ColdReads.BLOCK_BYTES;
  private static final int FILE_BYTES = 2 * BLOCK_BYTES + 100;

  @TempDir private Path folder;
  private final Deque<Runnable> pool = new ArrayDeque<>();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final List<Long> lengths = new ArrayList<>();
  private final List<CompletionStage<?>> waited = new ArrayList<>();
  private byte[] content;
  private OpenFile file;
  private Disk disk;

  @BeforeEach
  void aFile() throws IOException {
    content = new byte[FILE_BYTES];
    new Random(2).nextBytes(content);
    file =
        new OpenFile(FileChannel.open(Files.write(folder.resolve("file"), content)), closed -> {});
    disk = new Disk(pool::add);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    runPool();
    assertEquals(1, file.refCnt());
    file.release();
    disk.close();
  }

  private void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
  }

  private PlanReader reader(Extent... extents) {
    return disk.sources().reader(TransferPlan.of(List.of(extents)), null);
  }

  /** Takes a part, and keeps what is in it; false when it has to be waited for. */
  private boolean take(PlanReader reader, int most) throws IOException {
    Object part = reader.take(most, waited::add);
    if (part == null) {
      return false;
    }
    long before = body.size();
    if (part instanceof SharedFileRegion region) {
      WritableByteChannel out = Channels.newChannel(body);
      while (region.transferred() < region.count()) {
        assertTrue(region.transferTo(out, region.transferred()) > 0);
      }
    } else {
      body.write(ByteBufUtil.getBytes(((HttpContent) part).content()));
    }
    ReferenceCountUtil.release(part);
    lengths.add(body.size() - before);
    return true;
  }

  private void takeAll(PlanReader reader, int most) throws IOException {
    while (!reader.isAtEnd()) {
      if (!take(reader, most)) {
        runPool();
        assertTrue(waited.get(waited.size() - 1).toCompletableFuture().isDone());
      }
    }
  }

  /** A source whose part at an offset is made when a test says so. */
  private static final class Maker implements PartSource {
    private final List<String> asked = new ArrayList<>();
    private CompletableFuture<Extent> next = new CompletableFuture<>();

    @Override
    public CompletionStage<Extent> part(long offset, long most) {
      asked.add(offset + "+" + most);
      return next;
    }
  }

  @Test
  void anEmptyPlanIsAtItsEndAndHasNoPart() {
    PlanReader reader = disk.sources().reader(TransferPlan.empty(), null);
    assertTrue(reader.isAtEnd());
    assertThrows(IllegalStateException.class, () -> reader.take(1, waited::add));
  }

  @Test
  void everyKindOfExtentLeavesInTheOrderOfThePlan() throws IOException {
    PlanReader reader =
        reader(
            new Extent.Memory(new byte[] {9, 1, 2, 9}, 1, 2),
            new Extent.File(file, 7, 10),
            new Extent.Zero(5),
            new Extent.Awaited(
                (offset, most) ->
                    CompletableFuture.completedFuture(
                        new Extent.File(file, 1000 + offset, Math.min(most, 4))),
                100,
                9),
            new Extent.Memory(new byte[] {3}, 0, 1));
    takeAll(reader, 1 << 20);
    assertEquals(List.of(2L, 10L, 5L, 4L, 4L, 1L, 1L), lengths);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.write(new byte[] {1, 2});
    expected.write(content, 7, 10);
    expected.write(new byte[5]);
    expected.write(content, 1100, 9);
    expected.write(new byte[] {3});
    assertArrayEquals(expected.toByteArray(), body.toByteArray());
  }

  @Test
  void noPartIsLongerThanWanted() throws IOException {
    PlanReader reader =
        reader(
            new Extent.Memory(new byte[5], 0, 5), new Extent.File(file, 0, 5), new Extent.Zero(5));
    takeAll(reader, 2);
    assertEquals(List.of(2L, 2L, 1L, 2L, 2L, 1L, 2L, 2L, 1L), lengths);
  }

  @Test
  void zerosThatAreLongerThanTheirFileAreSeveralParts() throws IOException {
    long most = TransferPump.LARGEST_TURN_BYTES;
    PlanReader reader = reader(new Extent.Zero(2 * most + 3));
    takeAll(reader, Integer.MAX_VALUE);
    assertEquals(List.of(most, most, 3L), lengths);
    assertArrayEquals(new byte[(int) (2 * most + 3)], body.toByteArray());
    assertTrue(pool.isEmpty() && waited.isEmpty(), "zeros wait for no disk");
  }

  @Test
  void zerosTakeNoMemoryOfTheirOwn() {
    PlanReader reader = reader(new Extent.Zero(1 << 20));
    Object part = reader.take(1 << 20, waited::add);
    assertInstanceOf(SharedFileRegion.class, part);
    ReferenceCountUtil.release(part);
  }

  @Test
  void aPartOfAFileIsWaitedForUntilItIsInMemoryAndEndsWithItsBlock() throws IOException {
    PlanReader reader = reader(new Extent.File(file, BLOCK_BYTES - 10, BLOCK_BYTES));
    assertTrue(!take(reader, 1 << 20) && !waited.get(0).toCompletableFuture().isDone());
    assertEquals(3, file.refCnt(), "by the reads of this block and of the next");
    runPool();
    assertTrue(waited.get(0).toCompletableFuture().isDone());
    assertTrue(take(reader, 1 << 20));
    assertEquals(List.of(10L), lengths);
    takeAll(reader, 1 << 20);
    assertArrayEquals(
        Arrays.copyOfRange(content, BLOCK_BYTES - 10, 2 * BLOCK_BYTES - 10), body.toByteArray());
  }

  @Test
  void whatHasToBeProducedIsWaitedForAndAskedForAgain() throws IOException {
    Maker maker = new Maker();
    PlanReader reader = reader(new Extent.Awaited(maker, 50, 30));
    assertTrue(!take(reader, 20));
    assertSame(maker.next, waited.get(0));
    maker.next.complete(new Extent.File(file, 500, 20));
    assertTrue(!take(reader, 20), "now its disk is waited for");
    runPool();
    assertTrue(take(reader, 20));
    maker.next = CompletableFuture.completedFuture(new Extent.File(file, 520, 10));
    assertTrue(take(reader, 20));
    assertTrue(reader.isAtEnd());
    assertEquals(List.of("50+20", "50+20", "50+20", "70+10"), maker.asked);
    assertArrayEquals(Arrays.copyOfRange(content, 500, 530), body.toByteArray());
  }

  @Test
  void aSourceThatHandsOutMoreThanWantedIsCut() throws IOException {
    PlanReader reader =
        reader(
            new Extent.Awaited(
                (offset, most) ->
                    CompletableFuture.completedFuture(new Extent.File(file, offset, 1000)),
                0,
                5));
    takeAll(reader, 3);
    assertEquals(List.of(3L, 2L), lengths);
    assertArrayEquals(Arrays.copyOf(content, 5), body.toByteArray());
  }

  @Test
  void aSourceThatFailedIsWaitedForSoThatWhoeverWaitsHearsOfIt() {
    IOException damage = new IOException("damaged");
    PlanReader reader =
        reader(new Extent.Awaited((offset, most) -> CompletableFuture.failedFuture(damage), 0, 5));
    assertNull(reader.take(5, waited::add));
    assertTrue(waited.get(0).toCompletableFuture().isCompletedExceptionally());
  }
}
