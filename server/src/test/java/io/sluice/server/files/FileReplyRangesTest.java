package io.sluice.server.files;

import static io.sluice.server.files.FileReplyScene.DATE;
import static io.sluice.server.files.FileReplyScene.body;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.http.Reply;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a file, and which state of it they are of. */
class FileReplyRangesTest {
  @TempDir private Path folder;
  private FileReplyScene scene;

  @BeforeEach
  void aFile() throws IOException {
    scene = new FileReplyScene(folder);
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
    Reply.Transfer part = assertInstanceOf(Reply.Transfer.class, scene.get("Range", range));
    assertEquals(206, part.status().code());
    assertEquals("x/y", part.contentType());
    assertEquals(expected, body(part.plan()));
    assertEquals(
        "Accept-Ranges: bytes; Content-Range: "
            + contentRange
            + "; ETag: ETAG; Last-Modified: "
            + DATE,
        scene.headers(part));
    scene.release(part);
  }

  @Test
  void severalRangesArePartsInTheOrderAskedForWithAnExactLength() throws IOException {
    Reply.Transfer parts =
        assertInstanceOf(Reply.Transfer.class, scene.get("Range", "bytes=-2,0-1,5-5"));
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
        scene.headers(parts),
        "no Content-Range of its own (RFC 9110 §15.3.7.2)");
    scene.release(parts);
  }

  @Test
  void everyAnswerOfSeveralRangesHasABoundaryOfItsOwn() throws IOException {
    Reply.Transfer first =
        assertInstanceOf(Reply.Transfer.class, scene.get("Range", "bytes=0-0,2-2"));
    Reply.Transfer second =
        assertInstanceOf(Reply.Transfer.class, scene.get("Range", "bytes=0-0,2-2"));
    assertFalse(first.contentType().equals(second.contentType()));
    first.holds().release();
    scene.release(second);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=20-", "bytes=-0", "bytes=0-,0-,0-,0-"})
  void aRangeThatIsNotThereIs416WithTheSize(String range) throws IOException {
    Reply.Problem problem = assertInstanceOf(Reply.Problem.class, scene.get("Range", range));
    assertEquals(416, problem.status().code());
    assertTrue(
        scene.headers(problem).contains("Content-Range: bytes */20"), scene.headers(problem));
    assertEquals(0, scene.files.count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lines=1-2", "bytes=5-2", "bytes", "nonsense"})
  void aRangeThatIsNoneIsIgnored(String range) throws IOException {
    scene.assertWhole(scene.get("Range", range));
  }

  @Test
  void rangeGivenTwiceIsIgnored() throws IOException {
    scene.assertWhole(scene.get("Range", "bytes=0-0", "Range", "bytes=1-1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETAG", DATE})
  void ifRangeLetsARangeOfTheSameStateThrough(String value) throws IOException {
    Reply.Transfer part =
        assertInstanceOf(Reply.Transfer.class, scene.get("If-Range", value, "Range", "bytes=0-0"));
    assertEquals(206, part.status().code());
    assertEquals("0", body(part.plan()));
    scene.release(part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/ETAG", "\"x\"", "Fri, 02 Jan 2026 03:04:06 GMT"})
  void ifRangeOfAnotherStateIsTheWholeFile(String value) throws IOException {
    scene.assertWhole(scene.get("If-Range", value, "Range", "bytes=0-0"));
  }

  @Test
  void anUnsatisfiableRangeOfAnotherStateIsTheWholeFile() throws IOException {
    scene.assertWhole(scene.get("If-Range", "\"x\"", "Range", "bytes=99-"));
  }
}
