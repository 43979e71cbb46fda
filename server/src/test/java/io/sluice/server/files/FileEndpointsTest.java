package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestTarget;
import io.sluice.server.os.CachedStatTest;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.Extent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileEndpointsTest {
  @TempDir private Path root;
  private final OpenFiles openFiles = new OpenFiles(OpenFilesTest.LATER);

  private FileEndpoints endpoints(Executor pool) {
    return new FileEndpoints(
        new ServedRoot(root), openFiles, KnownDigests.NONE, pool, OpenFilesTest.LATER);
  }

  private FileEndpoints endpoints() {
    return endpoints(Runnable::run);
  }

  private void write(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, name);
  }

  private static CompletableFuture<Reply> ask(Endpoint endpoint, String name) {
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", name), ""),
            Map.of("name", name, "os", "debian"),
            new DefaultHttpHeaders());
    return endpoint.answer(request).toCompletableFuture();
  }

  private static Reply answer(Endpoint endpoint, String name) {
    return ask(endpoint, name).join();
  }

  /** Checks that a small file is the answer; those of a test hold their own name. */
  private void assertServed(String contentType, String content, Reply reply) {
    Reply.Page page = assertInstanceOf(Reply.Page.class, reply);
    assertEquals(200, page.status().code());
    assertEquals(contentType, page.contentType());
    assertEquals(content, new String(page.body(), StandardCharsets.UTF_8));
    assertEquals(0, openFiles.count());
  }

  private void assertProblem(int status, Reply reply) {
    assertEquals(status, assertInstanceOf(Reply.Problem.class, reply).status().code());
    assertEquals(0, openFiles.count());
  }

  @Test
  void aFileIsServedUnderTheTypeOfItsName() throws IOException {
    write("images/a.iso");
    assertServed(
        "application/x-iso9660-image",
        "images/a.iso",
        answer(endpoints().file("images/{name}"), "a.iso"));
  }

  @Test
  void aSmallFileIsReadOnceForAllWhoAskForIt() throws IOException {
    write("images/a.iso");
    Endpoint endpoint = endpoints().file("images/{name}");
    Reply.Page first = assertInstanceOf(Reply.Page.class, answer(endpoint, "a.iso"));
    Reply.Page second = assertInstanceOf(Reply.Page.class, answer(endpoint, "a.iso"));
    assertSame(first.body(), second.body());
    assertEquals(first.headers(), second.headers());
  }

  @Test
  void aSmallFileThatChangedIsReadAgain() throws IOException {
    write("images/a.iso");
    Endpoint endpoint = endpoints().file("images/{name}");
    Reply before = answer(endpoint, "a.iso");
    Path next = Files.writeString(root.resolve("next"), "anything");
    Files.move(next, root.resolve("images/a.iso"), StandardCopyOption.REPLACE_EXISTING);
    Reply after = answer(endpoint, "a.iso");
    assertServed("application/x-iso9660-image", "anything", after);
    assertNotEquals(before.headers(), after.headers());
    Files.delete(root.resolve("images/a.iso"));
    assertProblem(404, answer(endpoint, "a.iso"));
  }

  @Test
  void aPartOfASmallFileThatWasReadBeforeIsAPart() throws IOException {
    write("images/a.iso");
    Endpoint endpoint = endpoints().file("images/{name}");
    answer(endpoint, "a.iso");
    Request request =
        new Request(
            HttpMethod.GET,
            new RequestTarget.Path(List.of("images", "a.iso"), ""),
            Map.of("name", "a.iso"),
            new DefaultHttpHeaders().add("Range", "bytes=7-9"));
    Reply.Transfer part =
        assertInstanceOf(
            Reply.Transfer.class, endpoint.answer(request).toCompletableFuture().join());
    assertEquals(206, part.status().code());
    Extent.Memory bytes = assertInstanceOf(Extent.Memory.class, part.plan().extents().get(0));
    assertEquals(
        "a.i",
        new String(bytes.bytes(), bytes.start(), (int) bytes.length(), StandardCharsets.UTF_8));
    part.holds().release();
    assertEquals(0, openFiles.count());
  }

  @Test
  void aLargeFileIsOpenUntilItIsSent() throws IOException {
    write("images/a.raw");
    Files.write(root.resolve("images/a.raw"), new byte[FileReply.LARGEST_IN_MEMORY + 1]);
    Reply.Transfer transfer =
        assertInstanceOf(Reply.Transfer.class, answer(endpoints().file("images/{name}"), "a.raw"));
    assertEquals(200, transfer.status().code());
    assertEquals("application/octet-stream", transfer.contentType());
    assertEquals(FileReply.LARGEST_IN_MEMORY + 1, transfer.plan().length());
    assertEquals(1, openFiles.count());
    transfer.holds().release();
    assertEquals(0, openFiles.count());
  }

  @Test
  void theTypeIsThatOfTheNameAskedForNotOfWhatALinkLeadsTo() throws IOException {
    write("images/a.raw");
    Files.createSymbolicLink(root.resolve("images/b.iso"), Path.of("a.raw"));
    assertServed(
        "application/x-iso9660-image",
        "images/a.raw",
        answer(endpoints().file("images/{name}"), "b.iso"));
  }

  @Test
  void aTextFileIsTextWhateverItsName() throws IOException {
    write("pxelinux.cfg/01-aa.iso");
    assertServed(
        "text/plain; charset=utf-8",
        "pxelinux.cfg/01-aa.iso",
        answer(endpoints().textFile("pxelinux.cfg/{name}"), "01-aa.iso"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none.raw", ".hidden", "..", "{name}", "$1", "a\\b"})
  void whatIsNotServedIs404(String name) throws IOException {
    write("images/.hidden");
    assertProblem(404, answer(endpoints().file("images/{name}"), name));
  }

  @Test
  void aFileThatMayNotBeReadIs403() throws IOException {
    write("images/a.raw");
    Path file = root.resolve("images/a.raw");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "root reads everything");
    assertProblem(403, answer(endpoints().file("images/{name}"), "a.raw"));
  }

  @Test
  void aRootThatIsGoneIs503() {
    FileEndpoints gone =
        new FileEndpoints(
            new ServedRoot(root.resolve("gone")),
            openFiles,
            KnownDigests.NONE,
            Runnable::run,
            OpenFilesTest.LATER);
    assertProblem(503, answer(gone.file("images/{name}"), "a"));
    assertProblem(503, answer(gone.named("os/{os}", "name"), "a"));
  }

  @Test
  void nothingIsLookedForOnTheCallingThread() throws IOException {
    write("images/a.raw");
    List<Runnable> queue = new ArrayList<>();
    CompletableFuture<Reply> answer = ask(endpoints(queue::add).file("images/{name}"), "a.raw");
    assertFalse(answer.isDone());
    assertEquals(1, queue.size());
    queue.get(0).run();
    assertServed("application/octet-stream", "images/a.raw", answer.join());
  }

  @Test
  void aSmallFileThatIsStillTheSameIsAnsweredWithAtOnce() throws IOException {
    write("images/a.raw");
    CachedStatTest.followedLink(root.resolve("images/b.raw"), Path.of("a.raw"));
    List<Runnable> queue = new ArrayList<>();
    Endpoint endpoint = endpoints(queue::add).file("images/{name}");
    ask(endpoint, "b.raw");
    queue.remove(0).run();
    CompletableFuture<Reply> again = ask(endpoint, "b.raw");
    assertEquals(List.of(), queue);
    assertServed("application/octet-stream", "images/a.raw", again.join());

    Files.delete(root.resolve("images/b.raw"));
    write("images/c.raw");
    Files.createSymbolicLink(root.resolve("images/b.raw"), Path.of("c.raw"));
    CompletableFuture<Reply> changed = ask(endpoint, "b.raw");
    assertFalse(changed.isDone());
    queue.remove(0).run();
    assertServed("application/octet-stream", "images/c.raw", changed.join());
  }

  @Test
  void aFullPoolIs503() {
    FileEndpoints full =
        endpoints(
            task -> {
              throw new RejectedExecutionException("full");
            });
    for (Endpoint endpoint :
        List.of(full.file("images/{name}"), full.textFile("x/{name}"), full.named("os", "name"))) {
      assertProblem(503, answer(endpoint, "a.raw"));
    }
  }

  @Test
  void anOperatingSystemIsTheOneFileOfItsName() throws IOException {
    write("os/debian/amd64.tar.xz");
    write("os/debian/amd64.tar.xz.sha256");
    write("os/debian/arm64.raw");
    Endpoint named = endpoints().named("os/{os}", "name");
    assertServed("application/x-xz", "os/debian/amd64.tar.xz", answer(named, "amd64"));
    assertServed("application/octet-stream", "os/debian/arm64.raw", answer(named, "arm64"));
    assertProblem(404, answer(named, "riscv64"));
  }

  @Test
  void severalFilesOfOneNameAreAConflictThatNamesThem() throws IOException {
    write("os/debian/amd64.tar.xz");
    write("os/debian/amd64.raw");
    Reply reply = answer(endpoints().named("os/{os}", "name"), "amd64");
    assertProblem(409, reply);
    String detail = ((Reply.Problem) reply).detail();
    assertTrue(detail.contains("amd64.raw, amd64.tar.xz"), detail);
  }
}
