package io.sluice.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.bench.machine.Answer;
import io.sluice.bench.machine.AnswerListener;
import io.sluice.bench.machine.Ask;
import io.sluice.bench.machine.Failure;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;

class ExchangePropertyTest {
  private static final class Heard implements AnswerListener {
    private int firstBytes;
    private long bytes;
    private @Nullable Answer answer;
    private @Nullable Failure failure;

    @Override
    public void firstByte() {
      firstBytes++;
    }

    @Override
    public void progress(int read, long soFar, long announced) {
      bytes += read;
      assertEquals(bytes, soFar);
    }

    @Override
    public void finished(Answer done) {
      answer = done;
    }

    @Override
    public void failed(Failure why) {
      failure = why;
    }
  }

  private static Heard read(String wire, int piece, boolean close) {
    Heard heard = new Heard();
    Exchange exchange = new Exchange(new Ask("GET", "/", true), heard, null);
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length; at += piece) {
      ByteBuf buffer = Unpooled.wrappedBuffer(bytes, at, Math.min(piece, bytes.length - at));
      exchange.read(buffer);
    }
    if (close) {
      exchange.closed();
    }
    return heard;
  }

  @Property(tries = 300)
  void aBodyOfKnownLengthIsCountedHoweverItIsCut(
      @ForAll @IntRange(max = 5000) int length, @ForAll @IntRange(min = 1, max = 700) int piece) {
    Heard heard =
        read(
            "HTTP/1.1 200 OK\r\ncontent-length: " + length + "\r\n\r\n" + "b".repeat(length),
            piece,
            false);
    assertNull(heard.failure);
    assertEquals(length, heard.bytes);
    assertEquals(1, heard.firstBytes);
    assertTrue(heard.answer != null && heard.answer.bytes() == length);
  }

  @Property(tries = 300)
  void chunksAreCountedHoweverTheyAreCut(
      @ForAll @Size(max = 8) List<@AlphaChars @StringLength(min = 1, max = 300) String> chunks,
      @ForAll @IntRange(min = 1, max = 100) int piece) {
    StringBuilder wire = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    int length = 0;
    for (String chunk : chunks) {
      wire.append(Integer.toHexString(chunk.length())).append("\r\n").append(chunk).append("\r\n");
      length += chunk.length();
    }
    Heard heard = read(wire.append("0\r\n\r\n").toString(), piece, false);
    assertNull(heard.failure);
    assertTrue(heard.answer != null && heard.answer.bytes() == length);
  }

  @Property(tries = 300)
  void anAnswerCutShortIsNeverGood(
      @ForAll @IntRange(max = 400) int kept, @ForAll @IntRange(min = 1, max = 100) int piece) {
    String whole = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + "b".repeat(500);
    Heard heard = read(whole.substring(0, kept), piece, true);
    assertNull(heard.answer);
    assertTrue(heard.failure != null);
  }

  @Property(tries = 300)
  void noTextAtAllMakesTheReaderThrow(@ForAll String text) {
    Heard heard = read(text, 7, true);
    assertTrue(heard.answer == null || text.startsWith("HTTP/1."));
  }

  @Example
  void an100IsNotTheAnswer() {
    Heard heard =
        read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: a\r\n\r\n", 9, false);
    assertTrue(heard.answer != null && heard.answer.status() == 204);
  }

  @Example
  void lengthsThatContradictEachOtherAreNoAnswer() {
    Heard heard =
        read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 99, false);
    assertTrue(heard.failure != null && heard.failure.label().equals("not HTTP"));
  }

  @Example
  void theBodyOfAnErrorIsNoProgress() {
    assertEquals(0, read("HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone", 99, false).bytes);
  }
}
