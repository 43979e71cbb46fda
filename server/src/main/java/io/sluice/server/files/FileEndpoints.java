package io.sluice.server.files;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints that answer with files. Looking and opening happen on a pool, never on a loop. */
public final class FileEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(FileEndpoints.class);
  private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

  private final ServedRoot root;
  private final OpenFiles openFiles;
  private final KnownDigests digests;
  private final Executor pool;
  private final Clock clock;

  /**
   * Serves the files of a root.
   *
   * @param pool may block; when it refuses work, the answer is 503
   */
  public FileEndpoints(
      ServedRoot root, OpenFiles openFiles, KnownDigests digests, Executor pool, Clock clock) {
    this.root = root;
    this.openFiles = openFiles;
    this.digests = digests;
    this.pool = pool;
    this.clock = clock;
  }

  /**
   * Answers with the file of a path.
   *
   * @param template path from the root down, with parameters of the route in braces, such as {@code
   *     boot/{arch}/{name}}
   */
  public Endpoint file(String template) {
    return onPool(request -> one(request, segments(template, request), Optional.empty()));
  }

  /** The same for files that are text whatever their names end with. */
  public Endpoint textFile(String template) {
    return onPool(
        request -> one(request, segments(template, request), Optional.of(ContentTypes.TEXT)));
  }

  /**
   * Answers with the one file of a name, whatever its extension; 409 when there are several.
   *
   * @param folder as in {@link #file}
   * @param parameter the parameter that holds the name
   */
  public Endpoint named(String folder, String parameter) {
    return onPool(
        request -> {
          List<ServedRoot.Located> found =
              root.findNamed(segments(folder, request), request.parameter(parameter));
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
    OpenFiles.Opened opened = openFiles.open(file.path());
    Optional<String> digest =
        opened.settled() ? digests.sha256(file.path(), opened.identity()) : Optional.empty();
    return FileReply.to(request, opened, type, digest, clock.instant());
  }

  private static Reply busy(String detail) {
    return new Reply.Problem(
        HttpResponseStatus.SERVICE_UNAVAILABLE, detail, Map.of(ResponseFields.RETRY_AFTER, "2"));
  }

  private static Reply missing(Request request) {
    return Reply.Problem.of(HttpResponseStatus.NOT_FOUND, request.path().text() + ": no such file");
  }

  private static List<String> segments(String template, Request request) {
    Matcher parameters = PARAMETER.matcher(template);
    String path =
        parameters.replaceAll(found -> Matcher.quoteReplacement(request.parameter(found.group(1))));
    return List.of(path.split("/"));
  }
}
