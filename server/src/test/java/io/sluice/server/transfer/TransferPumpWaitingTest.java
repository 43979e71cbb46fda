package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.server.readahead.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a transfer does while its next part, its turn or its client lets it wait. */
class TransferPumpWaitingTest {
  private static final int FILE_BYTES = 1000;

  @TempDir private Path folder;
  private final Deque<Runnable> pool = new ArrayDeque<>();
  private final Recipient client = new Recipient();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(client, new ChannelInboundHandlerAdapter());
  private final CompletableFuture<Extent> made = new CompletableFuture<>();
  private OpenFile file;
  private Disk disk;

  @BeforeEach
  void aFile() throws IOException {
    Path path = Files.write(folder.resolve("file"), new byte[FILE_BYTES]);
    file = new OpenFile(FileChannel.open(path), self -> {});
    disk = new Disk(pool::add);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    runPool();
    channel.finishAndReleaseAll();
    assertEquals(1, file.refCnt());
    file.release();
    disk.close();
  }

  private void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
    channel.runPendingTasks();
  }

  private TransferPump begin(TransferPump.Turns turns, Extent... extents) {
    TransferPump pump =
        new TransferPump(
            channel.pipeline().lastContext(),
            TransferPlan.of(List.of(extents)),
            disk.sources(),
            turns,
            client.end(channel.pipeline().lastContext()));
    pump.begin();
    channel.runPendingTasks();
    return pump;
  }

  private TransferPump begin(Extent... extents) {
    return begin(TransferPump.Turns.of(channel.eventLoop()), extents);
  }

  private static Extent oneByte() {
    return new Extent.Memory(new byte[] {1}, 0, 1);
  }

  @Test
  void whatIsThereLeavesWhileTheDiskIsWaitedForAndThatIsNotHeldAgainstTheClient() {
    TransferPump pump = begin(oneByte(), new Extent.File(file, 3, 5));
    assertEquals(List.of(1L), client.parts);
    assertTrue(client.flushes > 0);
    assertEquals(1, pool.size());
    assertFalse(pump.waitsForClient());
    assertEquals(1, pump.sentBytes());
    runPool();
    assertEquals(List.of(1L, 5L, 0L), client.parts);
    assertEquals(List.of("sent"), client.endings);
  }

  @Test
  void aPartThatIsStillBeingMadeIsSentWhenItIsThere() {
    begin(new Extent.Awaited((offset, most) -> made, 0, 10), oneByte());
    assertEquals(List.of(), client.parts);
    made.complete(new Extent.File(file, 500, 10));
    channel.runPendingTasks();
    runPool();
    assertEquals(List.of(10L, 1L, 0L), client.parts);
    assertEquals(List.of("sent"), client.endings);
  }

  @Test
  void aSourceThatFailsEndsTheTransferAsOurFailureWithoutALastContent() {
    begin(oneByte(), new Extent.Awaited((offset, most) -> made, 0, 10));
    assertEquals(List.of(), client.endings);
    made.completeExceptionally(new IOException("damaged"));
    channel.runPendingTasks();
    assertEquals(List.of("ours: damaged"), client.endings);
    assertEquals(List.of(1L), client.parts);
  }

  @Test
  void theCauseOfAFailureIsToldWithoutItsWrapping() {
    begin(new Extent.Awaited((offset, most) -> made, 0, 10));
    made.completeExceptionally(new CompletionException(new IOException("damaged")));
    channel.runPendingTasks();
    assertEquals(List.of("ours: damaged"), client.endings);
  }

  @Test
  void aSourceThatThrowsEndsTheTransferAsOurFailure() {
    begin(
        oneByte(),
        new Extent.Awaited(
            (offset, most) -> {
              throw new IllegalStateException("broken");
            },
            0,
            10));
    assertEquals(List.of("ours: broken"), client.endings);
  }

  @Test
  void aClientThatLeftWhileAPartWasMadeEndsTheTransferAsTheirs() {
    begin(new Extent.Awaited((offset, most) -> made, 0, 10));
    client.failAt = 0;
    made.complete(new Extent.File(file, 0, 10));
    channel.runPendingTasks();
    runPool();
    assertEquals(List.of("theirs: reset by peer"), client.endings);
  }

  /** A file that grows when a test says so. */
  private final class Growth implements GrowingSource {
    private CompletableFuture<Long> more = new CompletableFuture<>();
    private long there;
    private boolean complete;

    @Override
    public OpenFile file() {
      return file;
    }

    @Override
    public CompletionStage<Long> beyond(long offset) {
      return offset < there || complete ? CompletableFuture.completedFuture(there) : more;
    }

    private void becomes(long bytes) {
      CompletableFuture<Long> waiting = more;
      more = new CompletableFuture<>();
      there = bytes;
      waiting.complete(bytes);
      settle();
    }

    private void isComplete() {
      complete = true;
      more.complete(there);
      settle();
    }

    private void settle() {
      channel.runPendingTasks();
      runPool();
    }
  }

  @Test
  void aFileThatGrowsIsSentAsFarAsItIsThereAndEndsWhenItIsComplete() {
    Growth growth = new Growth();
    TransferPump pump =
        new TransferPump(
            channel.pipeline().lastContext(),
            TransferPlan.growing(growth, 5000),
            disk.sources(),
            turn -> channel.eventLoop().execute(() -> turn.take(60)),
            client.end(channel.pipeline().lastContext()));
    pump.begin();
    channel.runPendingTasks();
    assertEquals(List.of(), client.parts);
    assertFalse(pump.waitsForClient(), "but for whoever makes the file");
    growth.becomes(100);
    assertEquals(List.of(60L, 40L), client.parts);
    assertEquals(List.of(), client.endings);
    growth.becomes(150);
    growth.isComplete();
    assertEquals(List.of(60L, 40L, 50L, 0L), client.parts);
    assertEquals(List.of("sent"), client.endings);
  }

  @Test
  void aFileThatWillNotBecomeCompleteEndsTheTransferAsOurFailureWithoutALastContent() {
    Growth growth = new Growth();
    begin(new Extent.Growing(growth, 5000));
    growth.more.completeExceptionally(new IOException("cannot be packed"));
    channel.runPendingTasks();
    assertEquals(List.of(), client.parts);
    assertEquals(List.of("ours: cannot be packed"), client.endings);
  }

  @Test
  void onlyAWriteThatIsUnderWayWaitsForTheClient() {
    List<Turn> asked = new ArrayList<>();
    TransferPump pump = begin(asked::add, new Extent.Zero(25));
    assertFalse(pump.waitsForClient(), "for its turn");
    assertEquals(10, asked.remove(0).take(10), "no more than the turn allows");
    assertFalse(pump.waitsForClient(), "for its next turn");
    client.standsStill = true;
    assertEquals(10, asked.remove(0).take(10));
    assertTrue(pump.waitsForClient());
    assertEquals(List.of(), asked, "who does not read has no turn");
    client.unread.get(0).setSuccess();
    assertFalse(pump.waitsForClient());
    asked.remove(0).take(10);
    assertTrue(pump.waitsForClient(), "for the last part and for the end");
    client.unread.get(1).setSuccess();
    assertTrue(pump.waitsForClient(), "for the end");
    assertEquals(List.of(), client.endings);
    client.unread.get(2).setSuccess();
    assertEquals(List.of("sent"), client.endings);
    assertEquals(25, pump.sentBytes());
  }
}
