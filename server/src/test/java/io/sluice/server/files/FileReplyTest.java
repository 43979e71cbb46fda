package io.sluice.server.files;

import static io.sluice.server.files.FileReplyScene.CONTENT;
import static io.sluice.server.files.FileReplyScene.DATE;
import static io.sluice.server.files.FileReplyScene.NOW;
import static io.sluice.server.files.FileReplyScene.body;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.http.HttpDate;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.transfer.Extent;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileReplyTest {
  @TempDir private Path folder;
  private FileReplyScene scene;

  @BeforeEach
  void aFile() throws IOException {
    scene = new FileReplyScene(folder);
  }

  @Test
  void aWholeFileHasItsValidatorsAndNothingOfRanges() throws IOException {
    scene.assertWhole(scene.get());
  }

  @Test
  void aWholeLargeFileHasTheSameFieldsAndItsBytesInOrder() throws IOException {
    String content = CONTENT.repeat(FileReply.LARGEST_IN_MEMORY / CONTENT.length() + 1);
    Files.writeString(scene.path, content);
    Files.setLastModifiedTime(scene.path, FileTime.from(HttpDate.parse(DATE).orElseThrow()));
    scene.etag = '"' + FileIdentity.of(scene.path).tag() + '"';
    Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, scene.get());
    assertEquals(200, whole.status().code());
    assertEquals("x/y", whole.contentType());
    assertEquals(content, body(whole.plan()));
    assertEquals("Accept-Ranges: bytes; ETag: ETAG; Last-Modified: " + DATE, scene.headers(whole));
    scene.release(whole);
  }

  @Test
  void anEmptyFileIsAnEmptyPlan() throws IOException {
    Files.writeString(scene.path, "");
    Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, scene.get());
    assertEquals(200, whole.status().code());
    assertEquals(0, whole.plan().length());
    scene.release(whole);
  }

  @Test
  void aHeadIsAnsweredLikeAGetOfTheWholeFile() throws IOException {
    Reply.Transfer head =
        assertInstanceOf(Reply.Transfer.class, scene.reply(HttpMethod.HEAD, "Range", "bytes=0-0"));
    assertEquals(200, head.status().code());
    assertEquals(20, head.plan().length());
    scene.release(head);
  }

  @ParameterizedTest
  @CsvSource({"If-None-Match, ETAG", "If-None-Match, *", "If-Modified-Since, '" + DATE + "'"})
  void whatTheClientHasIsNotSentAgain(String name, String value) throws IOException {
    for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
      Reply.NotModified reply =
          assertInstanceOf(
              Reply.NotModified.class, scene.reply(method, name, value, "Range", "bytes=0-"));
      assertEquals(304, reply.status().code());
      assertTrue(scene.headers(reply).contains("ETag: ETAG"), scene.headers(reply));
      assertEquals(0, scene.files.count());
    }
  }

  @ParameterizedTest
  @CsvSource({"If-Match, '\"x\"'", "If-Unmodified-Since, 'Fri, 02 Jan 2026 03:04:04 GMT'"})
  void anotherStateThanTheOneExpectedIs412(String name, String value) throws IOException {
    for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
      Reply.Problem problem =
          assertInstanceOf(
              Reply.Problem.class, scene.reply(method, name, value, "Range", "bytes=99-"));
      assertEquals(412, problem.status().code());
      assertEquals(0, scene.files.count());
    }
  }

  @Test
  void aSmallFileIsReadWhenItIsLookedUpAndALargerOneWhenItIsSent() throws IOException {
    int most = FileReply.LARGEST_IN_MEMORY;
    for (int size : new int[] {1, most, most + 1}) {
      byte[] content = new byte[size];
      new Random(size).nextBytes(content);
      Files.write(scene.path, content);
      Reply reply = scene.get();
      if (size <= most) {
        assertArrayEquals(content, assertInstanceOf(Reply.Page.class, reply).body());
        assertEquals(0, scene.files.count());
      } else {
        Reply.Transfer whole = assertInstanceOf(Reply.Transfer.class, reply);
        assertEquals(1, whole.plan().extents().size());
        assertInstanceOf(Extent.File.class, whole.plan().extents().get(0));
        assertEquals(size, whole.plan().length());
        scene.release(whole);
      }
    }
  }

  @Test
  void aHeadReadsNothingOfASmallFile() throws IOException {
    Reply.Transfer head = assertInstanceOf(Reply.Transfer.class, scene.reply(HttpMethod.HEAD));
    assertInstanceOf(Extent.File.class, head.plan().extents().get(0));
    scene.release(head);
  }

  @Test
  void aSmallFileThatBecomesShorterWhileItIsReadIsAnErrorAndIsClosed() throws IOException {
    OpenFiles.Opened opened = scene.files.open(scene.root, scene.path);
    Files.writeString(scene.path, "short");
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", "f.bin"), ""),
            Map.of(),
            new DefaultHttpHeaders());
    assertThrows(
        EOFException.class, () -> FileReply.to(request, opened, "x/y", Optional.empty(), NOW));
    assertEquals(0, scene.files.count());
  }
}
