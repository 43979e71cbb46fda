package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.sluice.server.keyed.ByteBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventWriterTest {
  /** A client that reads when it is told to. */
  private static final class Reader extends ChannelOutboundHandlerAdapter {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final StringBuilder read = new StringBuilder();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      HttpContent content = (HttpContent) message;
      waiting.add(
          () -> {
            read.append(content.content().toString(StandardCharsets.UTF_8));
            if (message instanceof LastHttpContent) {
              read.append("(end)");
            }
            content.release();
            promise.setSuccess();
          });
    }

    void read() {
      waiting.remove().run();
    }
  }

  private final Reader reader = new Reader();
  private final EmbeddedChannel channel = new EmbeddedChannel(reader);
  private final List<String> outcome = new ArrayList<>();
  private Consumer<byte[]> pieces = any -> {};
  private boolean subscribed;

  @BeforeEach
  void begin() {
    // What is written goes from here through the reader.
    channel.pipeline().addLast("last", new ChannelOutboundHandlerAdapter());
    ChannelHandlerContext last = channel.pipeline().context("last");
    ChannelPromise end =
        last.newPromise()
            .addListener(
                done ->
                    outcome.add(
                        done.isSuccess() ? "sent" : "failed: " + done.cause().getMessage()));
    EventWriter writer = new EventWriter(last, end, new ByteBudget(1 << 20, () -> {}));
    writer.begin(
        piece -> {
          pieces = piece;
          subscribed = true;
          return () -> subscribed = false;
        });
  }

  private void give(String text) {
    pieces.accept(text.getBytes(StandardCharsets.UTF_8));
    channel.runPendingTasks();
  }

  @Test
  void whatComesDuringAWriteIsPutTogetherForTheNext() {
    give("a");
    give("b");
    give("c");
    assertEquals(1, reader.waiting.size());
    reader.read();
    reader.read();
    assertEquals("abc", reader.read.toString());
    assertEquals(0, reader.waiting.size());
    give("d");
    give("");
    give("e");
    reader.read();
    reader.read();
    assertEquals("abcd(end)", reader.read.toString());
    assertEquals(List.of("sent"), outcome);
    assertTrue(!subscribed);
  }

  @Test
  void whoDoesNotReadIsCutOff() {
    String piece = "x".repeat(1000);
    for (int i = 0; i < 1000; i++) {
      give(piece);
    }
    assertEquals(List.of("failed: does not read its events"), outcome);
    assertEquals(1, reader.waiting.size(), "one write is under way, whatever came");
    assertTrue(!subscribed);
    reader.read();
    channel.runPendingTasks();
    assertEquals(0, reader.waiting.size());
  }

  @Test
  void whoGoesAwayIsForgotten() {
    give("a");
    channel.close();
    channel.runPendingTasks();
    assertTrue(!subscribed);
    assertEquals(1, outcome.size());
    reader.read();
  }
}
