package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
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
  private final List<String> endings = new ArrayList<>();
  private final List<Long> parts = new ArrayList<>();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private byte[] content;
  private Path path;
  private OpenFile file;
  private Disk disk;

  /** Behaves like the end of a pipeline that sends, or fails at the part of a number. */
  private final class Sink extends ChannelOutboundHandlerAdapter {
    private int failAt = -1;
    private Throwable failure = new IOException("reset by peer");
    private boolean ended;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
        throws IOException {
      assertTrue(!ended, "nothing comes after the last content");
      ended = message instanceof LastHttpContent;
      try {
        if (parts.size() == failAt) {
          promise.setFailure(failure);
          return;
        }
        if (message instanceof FileRegion region) {
          assertTrue(region.count() > 0 && region.count() <= TURN, "bounded: " + region.count());
          WritableByteChannel out = Channels.newChannel(body);
          while (region.transferred() < region.count()) {
            region.transferTo(out, region.transferred());
          }
          parts.add(region.count());
        } else if (message instanceof HttpContent part && !ended) {
          ByteBuf bytes = part.content();
          assertTrue(bytes.readableBytes() <= TURN, "bounded: " + bytes);
          parts.add((long) bytes.readableBytes());
          body.write(ByteBufUtil.getBytes(bytes));
        } else {
          assertSame(LastHttpContent.EMPTY_LAST_CONTENT, message);
          parts.add(0L);
        }
        promise.setSuccess();
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    /** Goes no further, because at its end the channel would run the tasks of its loop. */
    @Override
    public void flush(ChannelHandlerContext ctx) {}
  }

  private final class Endings implements TransferPump.Completion {
    @Override
    public void sent() {
      endings.add("sent");
    }

    @Override
    public void failed(Throwable cause, boolean ours) {
      endings.add((ours ? "ours: " : "theirs: ") + cause.getMessage());
    }
  }

  @BeforeEach
  void aFile() throws IOException {
    content = new byte[FILE_BYTES];
    new Random(1).nextBytes(content);
    path = Files.write(folder.resolve("file"), content);
    file = new OpenFile(FileChannel.open(path), self -> closed.incrementAndGet());
    disk = new Disk(Runnable::run);
    disk.reads().warm(file, 0);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    disk.close();
    assertEquals(1, file.refCnt());
    file.release();
    assertEquals(1, closed.get());
  }

  private TransferPump pump(TransferPlan plan, Sink sink) {
    ChannelInboundHandlerAdapter here = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(sink, here);
    TransferPump pump =
        new TransferPump(
            channel.pipeline().context(here),
            plan,
            disk.sources(),
            TransferPump.Turns.of(channel.eventLoop()),
            new Endings());
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
    TransferPump pump = pump(TransferPlan.ofFile(file, FILE_BYTES), new Sink());
    assertEquals(List.of((long) TURN, (long) TURN, (long) TURN, 7L, 0L), parts);
    assertArrayEquals(content, body.toByteArray());
    assertEquals(List.of("sent"), endings);
    assertEquals(FILE_BYTES, pump.sentBytes());
  }

  @Test
  void aFileOfExactlyOneTurnIsOnePart() {
    pump(TransferPlan.ofFile(file, TURN), new Sink());
    assertEquals(List.of((long) TURN, 0L), parts);
  }

  @Test
  void anEmptyPlanIsItsEnd() {
    TransferPump pump = pump(TransferPlan.empty(), new Sink());
    assertEquals(List.of(0L), parts);
    assertEquals(List.of("sent"), endings);
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
    TransferPump pump = pump(plan, new Sink());
    assertEquals(List.of(2L, 3L, 2L, (long) TURN, 2L, (long) TURN, 1L, 0L), parts);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.write(new byte[] {1, 2}, 0, 2);
    expected.write(content, 5, 3);
    expected.write(new byte[] {3, 4}, 0, 2);
    expected.write(content, 0, TURN + 2);
    expected.write(big, 0, big.length);
    assertArrayEquals(expected.toByteArray(), body.toByteArray());
    assertEquals(List.of("sent"), endings);
    assertEquals(plan.length(), pump.sentBytes());
  }

  @Test
  void otherTasksOfTheLoopGetTheirTurnBetweenTwoParts() {
    ChannelInboundHandlerAdapter here = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(new Sink(), here);
    TransferPump pump =
        new TransferPump(
            channel.pipeline().context(here),
            TransferPlan.ofFile(file, FILE_BYTES),
            disk.sources(),
            TransferPump.Turns.of(channel.eventLoop()),
            new Endings());
    List<Integer> seen = new ArrayList<>();
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.eventLoop().execute(() -> seen.add(parts.size()));
              pump.take(TURN);
            });
    channel.runPendingTasks();
    assertEquals(List.of(1), seen);
    assertEquals(List.of("sent"), endings);
    channel.finishAndReleaseAll();
  }

  @Test
  void aWriteThatFailsEndsTheTransferOnceAndReleasesEverything() {
    for (int part = 0; part < 5; part++) {
      parts.clear();
      endings.clear();
      Sink sink = new Sink();
      sink.failAt = part;
      TransferPump pump = pump(TransferPlan.ofFile(file, FILE_BYTES), sink);
      assertEquals(part, parts.stream().filter(bytes -> bytes > 0).count());
      assertEquals(List.of("theirs: reset by peer"), endings, "part " + part);
      assertEquals(1, file.refCnt());
      assertEquals(Math.min(part * (long) TURN, FILE_BYTES), pump.sentBytes());
    }
  }

  @Test
  void aFileThatBecameTooShortIsOurFailure() throws IOException {
    Sink sink = new Sink();
    sink.failAt = 2;
    try (FileChannel writer = FileChannel.open(path, StandardOpenOption.WRITE)) {
      writer.truncate(2 * TURN + 1);
    }
    pump(TransferPlan.ofFile(file, FILE_BYTES), sink);
    assertEquals(List.of("ours: reset by peer"), endings);
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
            new Endings())
        .begin();
    channel.runPendingTasks();
    assertEquals(1, endings.size());
    assertTrue(endings.get(0).startsWith("theirs: "), endings.get(0));
    channel.finishAndReleaseAll();
  }

  @Test
  void theCauseOfAFailureIsHandedOn() {
    Sink sink = new Sink();
    sink.failAt = 1;
    sink.failure = new ClosedChannelException();
    pump(TransferPlan.ofFile(file, FILE_BYTES), sink);
    assertEquals(List.of("theirs: null"), endings);
  }
}
