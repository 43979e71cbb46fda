package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.http.HttpDate;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.io.ByteArrayOutputStream;
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
import java.util.stream.Collectors;

/** A file of twenty bytes, and requests for it. */
final class FileReplyScene {
  static final String CONTENT = "0123456789abcdefghij";
  static final String DATE = "Fri, 02 Jan 2026 03:04:05 GMT";
  static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  final OpenFiles files = new OpenFiles(OpenFilesTest.LATER);
  ServedRoot root = new ServedRoot(Path.of("/"));
  final Path path;
  String etag;

  /** With the file in this folder. */
  FileReplyScene(Path folder) throws IOException {
    path = Files.writeString(folder.toRealPath().resolve("f.bin"), CONTENT);
    Files.setLastModifiedTime(path, FileTime.from(HttpDate.parse(DATE).orElseThrow()));
    etag = '"' + FileIdentity.of(path).tag() + '"';
  }

  Reply reply(HttpMethod method, String... fields) throws IOException {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1].replace("ETAG", etag));
    }
    Request request =
        new Request(
            method, new RequestTarget.Path(List.of("images", "f.bin"), ""), Map.of(), headers);
    return FileReply.to(request, files.open(root, path), "x/y", Optional.empty(), NOW);
  }

  Reply get(String... fields) throws IOException {
    return reply(HttpMethod.GET, fields);
  }

  /** The header fields of a reply in one text, sorted. */
  String headers(Reply reply) {
    return reply.headers().entrySet().stream()
        .map(field -> field.getKey() + ": " + field.getValue().replace(etag, "ETAG"))
        .sorted()
        .collect(Collectors.joining("; "));
  }

  static String body(TransferPlan plan) throws IOException {
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
  void release(Reply.Transfer transfer) {
    assertEquals(1, transfer.holds().refCnt());
    transfer.holds().release();
    assertEquals(0, files.count());
  }

  /** Checks that the whole file is the answer, and that it is not open any more. */
  void assertWhole(Reply reply) {
    Reply.Page whole = assertInstanceOf(Reply.Page.class, reply);
    assertEquals(200, whole.status().code());
    assertEquals("x/y", whole.contentType());
    assertEquals(CONTENT, new String(whole.body(), StandardCharsets.US_ASCII));
    assertEquals("Accept-Ranges: bytes; ETag: ETAG; Last-Modified: " + DATE, headers(whole));
    assertEquals(0, files.count());
  }
}
