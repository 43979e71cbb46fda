package io.sluice.server.files;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.egress.Extent;
import io.sluice.server.egress.TransferPlan;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints that answer with files. Looking and opening happen on a pool, never on a loop. */
public final class FileEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(FileEndpoints.class);

  /** Small files whose bytes are kept; with {@link FileReply#LARGEST_IN_MEMORY} that is 4 MiB. */
  private static final int MOST_KEPT = 256;

  private final ServedRoot root;
  private final OpenFiles openFiles;
  private final KnownDigests digests;
  private final Executor pool;
  private final Clock clock;

  /**
   * The bytes of small files: the script that every machine of a rack asks for is not opened and
   * read for each of them. Which file it is, is looked at for each request, so that no answer is
   * older than its file.
   */
  private final Recent<FileIdentity, byte[]> smallFiles;

  /**
   * Serves the files of a root.
   *
   * @param pool may block; when it refuses work, the answer is 503
   */
  public FileEndpoints(
      ServedRoot root, OpenFiles openFiles, KnownDigests digests, Executor pool, Clock clock) {
    this(root, openFiles, digests, pool, clock, new Recent<>(MOST_KEPT));
  }

  private FileEndpoints(
      ServedRoot root,
      OpenFiles openFiles,
      KnownDigests digests,
      Executor pool,
      Clock clock,
      Recent<FileIdentity, byte[]> smallFiles) {
    this.root = root;
    this.openFiles = openFiles;
    this.digests = digests;
    this.pool = pool;
    this.clock = clock;
    this.smallFiles = smallFiles;
  }

  /** The same, with another pool for looking and opening. */
  public FileEndpoints on(Executor other) {
    return new FileEndpoints(root, openFiles, digests, other, clock, smallFiles);
  }

  /**
   * Answers with the file of a path.
   *
   * @param template path from the root down, where parameters of the route in braces stand for
   *     whole segments, such as {@code boot/{arch}/{name}}
   */
  public Endpoint file(String template) {
    List<String> parts = parts(template);
    return onPool(request -> one(request, segments(parts, request), Optional.empty()));
  }

  /** The same for files that are text whatever their names end with. */
  public Endpoint textFile(String template) {
    List<String> parts = parts(template);
    return onPool(
        request -> one(request, segments(parts, request), Optional.of(ContentTypes.TEXT)));
  }

  /**
   * Answers with the one file of a name, whatever its extension; 409 when there are several.
   *
   * @param folder as in {@link #file}
   * @param parameter the parameter that holds the name
   */
  public Endpoint named(String folder, String parameter) {
    List<String> parts = parts(folder);
    return onPool(
        request -> {
          List<ServedRoot.Located> found =
              root.findNamed(segments(parts, request), request.parameter(parameter));
          if (found.size() > 1) {
            List<String> names = found.stream().map(ServedRoot.Located::name).toList();
            return Reply.Problem.of(
                HttpResponseStatus.CONFLICT,
                request.path().text() + ": " + String.join(", ", names) + " (expected: one file)");
          }
          return found.isEmpty() ? missing(request) : open(request, found.get(0), Optional.empty());
        });
  }

  private interface Blocking {
    Reply answer(Request request) throws IOException;
  }

  private Endpoint onPool(Blocking endpoint) {
    return request -> {
      try {
        return CompletableFuture.supplyAsync(() -> answer(endpoint, request), pool);
      } catch (RejectedExecutionException full) {
        return CompletableFuture.completedFuture(busy("too many requests wait for the disk"));
      }
    };
  }

  private static Reply answer(Blocking endpoint, Request request) {
    try {
      return endpoint.answer(request);
    } catch (AccessDeniedException e) {
      return Reply.Problem.of(
          HttpResponseStatus.FORBIDDEN, request.path().text() + ": the server may not read it");
    } catch (NoSuchFileException gone) {
      return missing(request);
    } catch (IOException e) {
      LOG.warn("{}: {}", request.path().text(), e.toString());
      return busy(request.path().text() + ": cannot be read at the moment");
    }
  }

  private Reply one(Request request, List<String> segments, Optional<String> contentType)
      throws IOException {
    Optional<ServedRoot.Located> file = root.find(segments);
    return file.isEmpty() ? missing(request) : open(request, file.get(), contentType);
  }

  private Reply open(Request request, ServedRoot.Located file, Optional<String> contentType)
      throws IOException {
    String type = contentType.orElseGet(() -> ContentTypes.of(file.name()));
    Optional<byte[]> kept = smallFiles.find(file.identity());
    if (kept.isPresent()) {
      return FileReply.to(request, representation(file, kept.get(), type));
    }
    OpenFiles.Opened opened = openFiles.open(file.path());
    Optional<String> digest =
        opened.settled() ? digests.sha256(file.path(), opened.identity()) : Optional.empty();
    Reply reply = FileReply.to(request, opened, type, digest, clock.instant());
    if (opened.settled()
        && reply instanceof Reply.Page page
        && page.status().equals(HttpResponseStatus.OK)) {
      smallFiles.put(opened.identity(), page.body());
    }
    return reply;
  }

  /** Of a file that need not be opened. */
  private FileReply.Representation representation(
      ServedRoot.Located file, byte[] bytes, String contentType) {
    Extent all = new Extent.Memory(bytes, 0, bytes.length);
    return new FileReply.Representation(
        Unpooled.EMPTY_BUFFER,
        TransferPlan.of(List.of(all)),
        contentType,
        Validators.of(file.identity(), true, clock.instant()),
        digests.sha256(file.path(), file.identity()));
  }

  private static Reply busy(String detail) {
    return new Reply.Problem(
        HttpResponseStatus.SERVICE_UNAVAILABLE, detail, Map.of(ResponseFields.RETRY_AFTER, "2"));
  }

  private static Reply missing(Request request) {
    return Reply.Problem.of(HttpResponseStatus.NOT_FOUND, request.path().text() + ": no such file");
  }

  private static List<String> parts(String template) {
    return List.of(template.split("/"));
  }

  /** A path from the root down; a parameter may stand for several segments. */
  private static List<String> segments(List<String> parts, Request request) {
    List<String> segments = new ArrayList<>();
    for (String part : parts) {
      if (part.startsWith("{")) {
        String value = request.parameter(part.substring(1, part.length() - 1));
        segments.addAll(List.of(value.split("/")));
      } else {
        segments.add(part);
      }
    }
    return segments;
  }
}
