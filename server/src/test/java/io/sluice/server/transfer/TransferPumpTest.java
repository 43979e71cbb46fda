package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.server.readahead.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferPumpTest {
  private static final int TURN = TransferPump.TURN_BYTES;
  private static final int FILE_BYTES = 3 * TURN + 7;

  @TempDir private Path folder;
  private final AtomicInteger closed = new AtomicInteger();
  private Recipient client = new Recipient();
  private byte[] content;
  private Path path;
  private OpenFile file;
  private Disk disk;

  @BeforeEach
  void aFile() throws IOException {
    content = new byte[FILE_BYTES];
    new Random(1).nextBytes(content);
    path = Files.write(folder.resolve("file"), content);
    file = new OpenFile(FileChannel.open(path), self -> closed.incrementAndGet());
    disk = new Disk(Runnable::run);
    disk.reads().warm(file, 0, 1, 0);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    disk.close();
    assertEquals(1, file.refCnt());
    file.release();
    assertEquals(1, closed.get());
  }

  private TransferPump pump(TransferPlan plan) {
    ChannelInboundHandlerAdapter here = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(client, here);
    TransferPump pump =
        new TransferPump(
            channel.pipeline().context(here),
            plan,
            disk.sources(),
            TransferPump.Turns.of(channel.eventLoop()),
            client.end(channel.pipeline().context(here)));
    pump.begin();
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
    return pump;
  }

  private static Extent memory(byte[] bytes) {
    return new Extent.Memory(bytes, 0, bytes.length);
  }

  @Test
  void aFileLeavesInBoundedPartsInOrderAndTheLastContentEndsIt() {
    TransferPump pump = pump(TransferPlan.ofFile(file, FILE_BYTES));
    assertEquals(List.of((long) TURN, (long) TURN, (long) TURN, 7L, 0L), client.parts);
    assertArrayEquals(content, client.body.toByteArray());
    assertEquals(List.of("sent"), client.endings);
    assertEquals(FILE_BYTES, pump.sentBytes());
  }

  @Test
  void aFileOfExactlyOneTurnIsOnePart() {
    pump(TransferPlan.ofFile(file, TURN));
    assertEquals(List.of((long) TURN, 0L), client.parts);
  }

  @Test
  void anEmptyPlanIsItsEnd() {
    TransferPump pump = pump(TransferPlan.empty());
    assertEquals(List.of(0L), client.parts);
    assertEquals(List.of("sent"), client.endings);
    assertEquals(0, pump.sentBytes());
  }

  @Test
  void extentsOfBothKindsLeaveInTheOrderOfThePlan() {
    byte[] big = Arrays.copyOf(content, TURN + 1);
    TransferPlan plan =
        TransferPlan.of(
            List.of(
                memory(new byte[] {1, 2}),
                new Extent.File(file, 5, 3),
                new Extent.Memory(new byte[] {0, 3, 4, 0}, 1, 2),
                new Extent.File(file, 0, TURN + 2),
                memory(big)));
    TransferPump pump = pump(plan);
    assertEquals(List.of(2L, 3L, 2L, (long) TURN, 2L, (long) TURN, 1L, 0L), client.parts);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.write(new byte[] {1, 2}, 0, 2);
    expected.write(content, 5, 3);
    expected.write(new byte[] {3, 4}, 0, 2);
    expected.write(content, 0, TURN + 2);
    expected.write(big, 0, big.length);
    assertArrayEquals(expected.toByteArray(), client.body.toByteArray());
    assertEquals(List.of("sent"), client.endings);
    assertEquals(plan.length(), pump.sentBytes());
  }

  @Test
  void otherTasksOfTheLoopGetTheirTurnBetweenTwoParts() {
    ChannelInboundHandlerAdapter here = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(client, here);
    TransferPump pump =
        new TransferPump(
            channel.pipeline().context(here),
            TransferPlan.ofFile(file, FILE_BYTES),
            disk.sources(),
            TransferPump.Turns.of(channel.eventLoop()),
            client.end(channel.pipeline().context(here)));
    List<Integer> seen = new ArrayList<>();
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.eventLoop().execute(() -> seen.add(client.parts.size()));
              pump.take(TURN);
            });
    channel.runPendingTasks();
    assertEquals(List.of(1), seen);
    assertEquals(List.of("sent"), client.endings);
    channel.finishAndReleaseAll();
  }

  @Test
  void aWriteThatFailsEndsTheTransferOnceAndReleasesEverything() {
    for (int part = 0; part < 5; part++) {
      client = new Recipient();
      client.failAt = part;
      TransferPump pump = pump(TransferPlan.ofFile(file, FILE_BYTES));
      assertEquals(part, client.parts.stream().filter(bytes -> bytes > 0).count());
      assertEquals(List.of("theirs: reset by peer"), client.endings, "part " + part);
      assertEquals(1, file.refCnt());
      assertEquals(Math.min(part * (long) TURN, FILE_BYTES), pump.sentBytes());
    }
  }

  @Test
  void aFileThatBecameTooShortIsOurFailure() throws IOException {
    try (FileChannel writer = FileChannel.open(path, StandardOpenOption.WRITE)) {
      writer.truncate(2 * TURN + 1);
    }
    pump(TransferPlan.ofFile(file, FILE_BYTES));
    assertEquals(1, client.endings.size());
    assertTrue(
        client.endings.get(0).contains("cannot be read at offset 1048577: Underlying file size"),
        client.endings.toString());
    assertEquals(2, client.parts.size());
  }

  @Test
  void aConnectionThatIsGoneBeforeTheFirstPartIsTheirFailure() {
    ChannelInboundHandlerAdapter here = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(here);
    ChannelHandlerContext context = channel.pipeline().context(here);
    channel.close();
    new TransferPump(
            context,
            TransferPlan.ofFile(file, FILE_BYTES),
            disk.sources(),
            TransferPump.Turns.of(channel.eventLoop()),
            client.end(context))
        .begin();
    channel.runPendingTasks();
    assertEquals(1, client.endings.size());
    assertTrue(client.endings.get(0).startsWith("theirs: "), client.endings.get(0));
    channel.finishAndReleaseAll();
  }

  @Test
  void theCauseOfAFailureIsHandedOn() {
    client.failAt = 1;
    client.failure = new ClosedChannelException();
    pump(TransferPlan.ofFile(file, FILE_BYTES));
    assertEquals(List.of("theirs: null"), client.endings);
  }
}
