package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.egress.Extent;
import io.sluice.server.egress.TransferPlan;
import io.sluice.server.http.HttpDate;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileReplyTest {
  private static final String CONTENT = "0123456789abcdefghij";
  private static final String DATE = "Fri, 02 Jan 2026 03:04:05 GMT";
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  @TempDir private Path folder;
  private final OpenFiles files = new OpenFiles(OpenFilesTest.LATER);
  private Path path;
  private String etag;

  @BeforeEach
  void aFile() throws IOException {
    path = Files.writeString(folder.toRealPath().resolve("f.bin"), CONTENT);
    Files.setLastModifiedTime(path, FileTime.from(HttpDate.parse(DATE).orElseThrow()));
    etag = '"' + FileIdentity.of(path).tag() + '"';
  }

  private Reply reply(HttpMethod method, String... fields) throws IOException {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1].replace("ETAG", etag));
    }
    Request request =
        new Request(
            method, new RequestTarget.Path(List.of("images", "f.bin"), ""), Map.of(), headers);
    return FileReply.to(request, files.open(path), "x/y", Optional.empty(), NOW);
  }

  private Reply get(String... fields) throws IOException {
    return reply(HttpMethod.GET, fields);
  }

  /** The header fields of a reply in one text, sorted. */
  private String headers(Reply reply) {
    return reply.headers().entrySet().stream()
        .map(field -> field.getKey() + ": " + field.getValue().replace(etag, "ETAG"))
        .sorted()
        .collect(Collectors.joining("; "));
  }

  private static String body(TransferPlan plan) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Extent extent : plan.extents()) {
      if (extent instanceof Extent.File file) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
        file.file().channel().read(bytes, file.offset());
        body.write(bytes.array(), 0, bytes.position());
      } else if (extent instanceof Extent.Memory memory) {
        body.write(memory.bytes(), memory.start(), memory.count());
      }
    }
    assertEquals(plan.length(), body.size());
    return body.toString(StandardCharsets.US_ASCII);
  }

  /** Checks that a transfer holds one reference, and gives it back. */
  private void release(Reply.Transfer transfer) {
    assertEquals(1, transfer.holds().refCnt());
    transfer.holds().release();
    assertEquals(0, files.count());
  }

  /** Checks that the whole file is the answer, and that it is not open any more. */
  private void assertWhole(Reply reply) {
    Reply.Page whole = assertInstanceOf(Reply.Page.class, reply);
    assertEquals(200, whole.status().code());
    assertEquals("x/y", whole.contentType());
    assertEquals(CONTENT, new String(whole.body(), StandardCharsets.US_ASCII));
    assertEquals("Accept-Ranges: bytes; ETag: ETAG; Last-Modified: " + DATE, headers(whole));
    assertEquals(0, files.count());
  }

  @Test
  void aWholeFileHasItsValidatorsAndNothingOfRanges() throws IOException {
    assertWhole(get());
  }

  @Test
  void aWholeLargeFileHasTheSameFieldsAndItsBytesInOrder() throws IOException {
    String content = CONTENT.repeat(FileReply.LARGEST_IN_MEMORY / CONTENT.length() + 1);
    Files.writeString(path, content);
    Files.setLastModifiedTime(path, FileTime.from(HttpDate.parse(DATE).orElseThrow()));
    etag = '"' + FileIdentity.of(path).tag() + '"';
    Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, get());
    assertEquals(200, whole.status().code());
    assertEquals("x/y", whole.contentType());
    assertEquals(content, body(whole.plan()));
    assertEquals("Accept-Ranges: bytes; ETag: ETAG; Last-Modified: " + DATE, headers(whole));
    release(whole);
  }

  @Test
  void anEmptyFileIsAnEmptyPlan() throws IOException {
    Files.writeString(path, "");
    Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, get());
    assertEquals(200, whole.status().code());
    assertEquals(0, whole.plan().length());
    release(whole);
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "bytes=0-0,    0,                    bytes 0-0/20",
    "bytes=10-,    abcdefghij,           bytes 10-19/20",
    "bytes=-3,     hij,                  bytes 17-19/20",
    "bytes=0-,     0123456789abcdefghij, bytes 0-19/20",
    "bytes=5-500,  56789abcdefghij,      bytes 5-19/20",
    "'bytes=50-60,1-2', 12,              bytes 1-2/20",
  })
  void aRangeIsItsBytes(String range, String expected, String contentRange) throws IOException {
    Reply.Transfer part = assertInstanceOf(Reply.Transfer.class, get("Range", range));
    assertEquals(206, part.status().code());
    assertEquals("x/y", part.contentType());
    assertEquals(expected, body(part.plan()));
    assertEquals(
        "Accept-Ranges: bytes; Content-Range: "
            + contentRange
            + "; ETag: ETAG; Last-Modified: "
            + DATE,
        headers(part));
    release(part);
  }

  @Test
  void severalRangesArePartsInTheOrderAskedForWithAnExactLength() throws IOException {
    Reply.Transfer parts = assertInstanceOf(Reply.Transfer.class, get("Range", "bytes=-2,0-1,5-5"));
    assertEquals(206, parts.status().code());
    assertTrue(parts.contentType().matches("multipart/byteranges; boundary=[0-9a-f]{32}"));
    String boundary = parts.contentType().replaceFirst(".*boundary=", "");
    assertEquals(
        """

        --B
        Content-Type: x/y
        Content-Range: bytes 18-19/20

        ij
        --B
        Content-Type: x/y
        Content-Range: bytes 0-1/20

        01
        --B
        Content-Type: x/y
        Content-Range: bytes 5-5/20

        5
        --B--
        """
            .replace("B\n", boundary + "\n")
            .replace("B-", boundary + "-")
            .replace("\n", "\r\n"),
        body(parts.plan()));
    assertEquals(
        "Accept-Ranges: bytes; ETag: ETAG; Last-Modified: " + DATE,
        headers(parts),
        "no Content-Range of its own (RFC 9110 §15.3.7.2)");
    release(parts);
  }

  @Test
  void everyAnswerOfSeveralRangesHasABoundaryOfItsOwn() throws IOException {
    Reply.Transfer first = assertInstanceOf(Reply.Transfer.class, get("Range", "bytes=0-0,2-2"));
    Reply.Transfer second = assertInstanceOf(Reply.Transfer.class, get("Range", "bytes=0-0,2-2"));
    assertFalse(first.contentType().equals(second.contentType()));
    first.holds().release();
    release(second);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=20-", "bytes=-0", "bytes=0-,0-,0-,0-"})
  void aRangeThatIsNotThereIs416WithTheSize(String range) throws IOException {
    Reply.Problem problem = assertInstanceOf(Reply.Problem.class, get("Range", range));
    assertEquals(416, problem.status().code());
    assertTrue(headers(problem).contains("Content-Range: bytes */20"), headers(problem));
    assertEquals(0, files.count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lines=1-2", "bytes=5-2", "bytes", "nonsense"})
  void aRangeThatIsNoneIsIgnored(String range) throws IOException {
    assertWhole(get("Range", range));
  }

  @Test
  void rangeGivenTwiceIsIgnored() throws IOException {
    assertWhole(get("Range", "bytes=0-0", "Range", "bytes=1-1"));
  }

  @Test
  void aHeadIsAnsweredLikeAGetOfTheWholeFile() throws IOException {
    Reply.Transfer head =
        assertInstanceOf(Reply.Transfer.class, reply(HttpMethod.HEAD, "Range", "bytes=0-0"));
    assertEquals(200, head.status().code());
    assertEquals(20, head.plan().length());
    release(head);
  }

  @ParameterizedTest
  @CsvSource({"If-None-Match, ETAG", "If-None-Match, *", "If-Modified-Since, '" + DATE + "'"})
  void whatTheClientHasIsNotSentAgain(String name, String value) throws IOException {
    for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
      Reply.NotModified reply =
          assertInstanceOf(
              Reply.NotModified.class, reply(method, name, value, "Range", "bytes=0-"));
      assertEquals(304, reply.status().code());
      assertTrue(headers(reply).contains("ETag: ETAG"), headers(reply));
      assertEquals(0, files.count());
    }
  }

  @ParameterizedTest
  @CsvSource({"If-Match, '\"x\"'", "If-Unmodified-Since, 'Fri, 02 Jan 2026 03:04:04 GMT'"})
  void anotherStateThanTheOneExpectedIs412(String name, String value) throws IOException {
    for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
      Reply.Problem problem =
          assertInstanceOf(Reply.Problem.class, reply(method, name, value, "Range", "bytes=99-"));
      assertEquals(412, problem.status().code());
      assertEquals(0, files.count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETAG", DATE})
  void ifRangeLetsARangeOfTheSameStateThrough(String value) throws IOException {
    Reply.Transfer part =
        assertInstanceOf(Reply.Transfer.class, get("If-Range", value, "Range", "bytes=0-0"));
    assertEquals(206, part.status().code());
    assertEquals("0", body(part.plan()));
    release(part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/ETAG", "\"x\"", "Fri, 02 Jan 2026 03:04:06 GMT"})
  void ifRangeOfAnotherStateIsTheWholeFile(String value) throws IOException {
    assertWhole(get("If-Range", value, "Range", "bytes=0-0"));
  }

  @Test
  void aSmallFileIsReadWhenItIsLookedUpAndALargerOneWhenItIsSent() throws IOException {
    int most = FileReply.LARGEST_IN_MEMORY;
    for (int size : new int[] {1, most, most + 1}) {
      byte[] content = new byte[size];
      new Random(size).nextBytes(content);
      Files.write(path, content);
      Reply reply = get();
      if (size <= most) {
        assertArrayEquals(content, assertInstanceOf(Reply.Page.class, reply).body());
        assertEquals(0, files.count());
      } else {
        Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, reply);
        assertEquals(1, whole.plan().extents().size());
        assertInstanceOf(Extent.File.class, whole.plan().extents().get(0));
        assertEquals(size, whole.plan().length());
        release(whole);
      }
    }
  }

  @Test
  void aHeadReadsNothingOfASmallFile() throws IOException {
    Reply.Transfer head = assertInstanceOf(Reply.Transfer.class, reply(HttpMethod.HEAD));
    assertInstanceOf(Extent.File.class, head.plan().extents().get(0));
    release(head);
  }

  @Test
  void aSmallFileThatBecomesShorterWhileItIsReadIsAnErrorAndIsClosed() throws IOException {
    OpenFiles.Opened opened = files.open(path);
    Files.writeString(path, "short");
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", "f.bin"), ""),
            Map.of(),
            new DefaultHttpHeaders());
    assertThrows(
        EOFException.class, () -> FileReply.to(request, opened, "x/y", Optional.empty(), NOW));
    assertEquals(0, files.count());
  }

  @Test
  void anUnsatisfiableRangeOfAnotherStateIsTheWholeFile() throws IOException {
    assertWhole(get("If-Range", "\"x\"", "Range", "bytes=99-"));
  }
}
