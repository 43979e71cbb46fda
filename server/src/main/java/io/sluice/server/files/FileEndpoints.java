package io.sluice.server.files;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.keyed.PoolWork;
import io.sluice.server.os.CachedStat;
import io.sluice.server.os.FileStatus;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.RootGoneException;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints that answer with files. Looking and opening happen on a pool, never on a loop; but
 * a small file that was asked for lately, and of which the kernel knows without waiting that it is
 * still the same, is answered with at once.
 */
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
   * Small files by what was asked for: the script that every machine of a rack wants is not opened
   * and read for each of them. Which file is there is looked at for each request, so that no answer
   * is older than its file.
   */
  private final LruCache<List<String>, SmallFile> smallFiles;

  /**
   * A small file as it was.
   *
   * @param asked the path that led to it
   * @param plan all its bytes, in memory
   * @param validators as they were when it was read
   */
  private record SmallFile(
      CachedStat asked, ServedRoot.Located file, TransferPlan plan, Validators validators) {

    /** Whether the file is what is there now, as far as that is known without waiting. */
    boolean isThere() {
      FileStatus now = asked.look();
      return now != null && file.identity().equals(FileIdentity.of(now));
    }

    /** Which stay what they are once the date is strong. */
    Validators validators(Clock clock) {
      return validators.strongDate()
          ? validators
          : Validators.of(file.identity(), true, clock.instant());
    }
  }

  /**
   * Serves the files of a root.
   *
   * @param pool may block; when it refuses work, the answer is 503
   */
  public FileEndpoints(
      ServedRoot root, OpenFiles openFiles, KnownDigests digests, Executor pool, Clock clock) {
    this(root, openFiles, digests, pool, clock, new LruCache<>(MOST_KEPT));
  }

  private FileEndpoints(
      ServedRoot root,
      OpenFiles openFiles,
      KnownDigests digests,
      Executor pool,
      Clock clock,
      LruCache<List<String>, SmallFile> smallFiles) {
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
    return file(parts(template), Optional.empty());
  }

  /** The same for files that are text whatever their names end with. */
  public Endpoint textFile(String template) {
    return file(parts(template), Optional.of(ContentTypes.TEXT));
  }

  private Endpoint file(List<String> parts, Optional<String> contentType) {
    return request -> {
      if (request.path().endsWithSlash()) {
        return CompletableFuture.completedFuture(missing(request));
      }
      List<String> segments = segments(parts, request);
      Optional<SmallFile> unchanged = unchanged(segments);
      return unchanged.isPresent()
          ? CompletableFuture.completedFuture(
              answer(request, () -> reply(request, unchanged.get(), contentType)))
          : onPool(
              request,
              () -> {
                Optional<ServedRoot.Located> file = root.find(segments);
                return file.isEmpty()
                    ? missing(request)
                    : open(request, segments, file.get(), contentType);
              });
    };
  }

  /**
   * Answers with the one file of a name, whatever its extension; 409 when there are several.
   *
   * @param folder as in {@link #file}
   * @param parameter the parameter that holds the name
   */
  public Endpoint named(String folder, String parameter) {
    List<String> parts = parts(folder);
    return request ->
        request.path().endsWithSlash()
            ? CompletableFuture.completedFuture(missing(request))
            : onPool(
                request,
                () -> named(request, segments(parts, request), request.parameter(parameter)));
  }

  private Reply named(Request request, List<String> folder, String name) throws IOException {
    List<ServedRoot.Located> found = new NamedFiles(root).find(folder, name);
    if (found.size() > 1) {
      List<String> names = found.stream().map(ServedRoot.Located::name).toList();
      return Reply.Problem.of(
          HttpResponseStatus.CONFLICT,
          request.path().text() + ": " + String.join(", ", names) + " (expected: one file)");
    }
    if (found.isEmpty()) {
      return missing(request);
    }
    List<String> segments = new ArrayList<>(folder);
    segments.add(found.get(0).name());
    return open(request, segments, found.get(0), Optional.empty());
  }

  private interface Answering {
    Reply reply() throws IOException;
  }

  private CompletionStage<Reply> onPool(Request request, Answering answering) {
    try {
      String path = request.path().text();
      return PoolWork.begin(
          pool,
          path,
          () -> answer(request, answering),
          () -> busy(path + ": the file system does not answer"),
          Reply::discard);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(busy("too many requests wait for the disk"));
    }
  }

  private static Reply answer(Request request, Answering answering) {
    try {
      return answering.reply();
    } catch (AccessDeniedException e) {
      return Reply.Problem.of(
          HttpResponseStatus.FORBIDDEN, request.path().text() + ": the server may not read it");
    } catch (NoSuchFileException gone) {
      return missing(request);
    } catch (RootGoneException gone) {
      return busy(request.path().text() + ": the server has no root at the moment");
    } catch (IOException e) {
      LOG.warn("{}: {}", request.path().text(), e.toString());
      return busy(request.path().text() + ": cannot be read at the moment");
    }
  }

  /** The small file that was sent last for these segments, if it is known to be the same. */
  private Optional<SmallFile> unchanged(List<String> segments) {
    return smallFiles.find(segments).filter(SmallFile::isThere);
  }

  private Reply open(
      Request request, List<String> segments, ServedRoot.Located file, Optional<String> contentType)
      throws IOException {
    Optional<SmallFile> kept =
        smallFiles.find(segments).filter(small -> small.file().identity().equals(file.identity()));
    if (kept.isPresent()) {
      return reply(request, kept.get(), contentType);
    }
    OpenFiles.Opened opened = openFiles.open(root, file.path());
    FileIdentity identity = opened.identity();
    Instant now = clock.instant();
    Optional<String> digest =
        opened.settled() ? digests.sha256(file.path(), identity) : Optional.empty();
    String type = contentType.orElseGet(() -> ContentTypes.of(file.name()));
    Reply reply = FileReply.to(request, opened, type, digest, now);
    if (opened.settled()
        && reply instanceof Reply.Page page
        && page.status().equals(HttpResponseStatus.OK)) {
      smallFiles.put(
          List.copyOf(segments),
          new SmallFile(
              new CachedStat(root.folder(), String.join("/", segments)),
              new ServedRoot.Located(file.name(), file.path(), identity),
              TransferPlan.of(List.of(new Extent.Memory(page.body(), 0, page.body().length))),
              Validators.of(identity, true, now)));
    }
    return reply;
  }

  /** Does not block. */
  private Reply reply(Request request, SmallFile small, Optional<String> contentType)
      throws IOException {
    ServedRoot.Located file = small.file();
    return FileReply.to(
        request,
        new FileReply.Representation(
            Unpooled.EMPTY_BUFFER,
            small.plan(),
            contentType.orElseGet(() -> ContentTypes.of(file.name())),
            small.validators(clock),
            digests.sha256(file.path(), file.identity())));
  }

  private static Reply busy(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
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
