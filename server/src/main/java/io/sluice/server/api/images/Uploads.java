package io.sluice.server.api.images;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.NamePage;
import io.sluice.server.api.resource.PagedList;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.api.resource.Query;
import io.sluice.server.digest.Sha256;
import io.sluice.server.http.BodyIntake;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestBody;
import io.sluice.server.root.RootGoneException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images that come, in one piece or in parts. A part is put behind another only when both are known
 * to be of the same image, and an image appears under its name only when it is whole, synced and,
 * where a digest was given, found to be right.
 */
public final class Uploads {
  /** How long a half image waits for its rest. */
  static final Duration KEPT = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
  private static final AsciiString ETAG = AsciiString.cached("ETag");
  private static final HttpResponseStatus PRECONDITION_REQUIRED =
      HttpResponseStatus.PRECONDITION_REQUIRED;
  private static final int HASH_BUFFER = 1024 * 1024;

  private final ImageFolder images;
  private final PartFiles parts;
  private final Supplier<String> ids;
  private final Clock clock;
  private final Executor writing;
  private final Executor publishing;
  private final Map<String, ImageUpload> active = new ConcurrentHashMap<>();

  /**
   * Uploads into a folder.
   *
   * @param ids gives each upload a name
   * @param writing for pieces that come
   * @param publishing may be kept busy for as long as it takes to read an image
   */
  public Uploads(
      ImageFolder images,
      Supplier<String> ids,
      Clock clock,
      Executor writing,
      Executor publishing) {
    this.images = images;
    this.parts = new PartFiles(images.folder());
    this.ids = ids;
    this.clock = clock;
    this.writing = writing;
    this.publishing = publishing;
  }

  /** Deletes half images that no client has gone on with for long. Blocks. */
  public void expire() {
    try {
      int deleted = parts.expire(clock.instant().minus(KEPT), active::containsKey);
      if (deleted > 0) {
        LOG.info("uploads: {} deleted that stopped more than {} ago", deleted, KEPT);
      }
    } catch (IOException e) {
      LOG.warn("uploads: those that stopped cannot be deleted: {}", e.toString());
    }
  }

  /** How the body of an upload is taken; nothing is looked at yet. */
  BodyIntake begin(String name, Request request) throws BadRequest {
    UploadHeaders headers = UploadHeaders.of(request.headers());
    return new BodyIntake.Pour(
        new ImageUpload(
            name,
            headers,
            parts,
            upload -> open(name, headers, upload),
            upload -> active.remove(name, upload),
            writing));
  }

  private ImageUpload.Opened open(String name, UploadHeaders headers, ImageUpload upload)
      throws BadRequest, IOException {
    checkPlace(name);
    claim(name, upload);
    boolean taken = false;
    try {
      ImageUpload.Opened opened = headers.start() == 0 ? anew(name, headers) : goOn(name, headers);
      taken = true;
      return opened;
    } finally {
      if (!taken) {
        active.remove(name, upload);
      }
    }
  }

  /** An image may take the place of an image and of nothing else. */
  private void checkPlace(String name) throws BadRequest, IOException {
    ImageFolder.Place place = images.place(name);
    if (place == ImageFolder.Place.FOLDER || place == ImageFolder.Place.OTHER) {
      throw new BadRequest(
          HttpResponseStatus.CONFLICT,
          name
              + (place == ImageFolder.Place.FOLDER ? " is a folder" : " is no regular file")
              + " (expected: a name that is free or an image's)");
    }
  }

  private void claim(String name, ImageUpload upload) throws BadRequest {
    ImageUpload before = active.putIfAbsent(name, upload);
    if (before != null && before.isDead()) {
      before.release();
      before = active.putIfAbsent(name, upload);
    }
    if (before != null) {
      throw busy(name);
    }
  }

  private static BadRequest busy(String name) {
    return new BadRequest(
        HttpResponseStatus.CONFLICT, name + " is being uploaded (expected: one upload at a time)");
  }

  private ImageUpload.Opened anew(String name, UploadHeaders headers)
      throws BadRequest, IOException {
    checkConditions(name, headers);
    checkRoom(name, headers.total(), parts.size(name));
    UploadNote note = UploadNote.begin(ids.get(), headers.total(), headers.sha256());
    return new ImageUpload.Opened(parts.begin(name, note), note);
  }

  /**
   * {@code If-Match} and {@code If-None-Match} are about the image that is there (RFC 9110 §13).
   */
  private void checkConditions(String name, UploadHeaders headers) throws BadRequest, IOException {
    Optional<String> tag = images.entityTag(name);
    boolean there = tag.isPresent();
    if (headers.onlyNew() && there) {
      throw unmet("If-None-Match", "no image of the name " + name + " to be there");
    }
    boolean matches =
        headers.match().isEmpty()
            || (there && (headers.match().contains("*") || headers.match().contains(tag.get())));
    if (!matches) {
      throw unmet("If-Match", "the entity tag of the image that is there");
    }
  }

  private static BadRequest unmet(String field, String expected) {
    return new BadRequest(
        HttpResponseStatus.PRECONDITION_FAILED,
        field + " (expected: " + expected + ")",
        field,
        Map.of());
  }

  private ImageUpload.Opened goOn(String name, UploadHeaders headers)
      throws BadRequest, IOException {
    Optional<PartFiles.Part> found = parts.find(name);
    long received = found.map(PartFiles.Part::received).orElse(0L);
    if (found.isEmpty() || headers.start() > received) {
      throw conflict(
          "Content-Range",
          "one that begins at " + received + " or before, for so much of " + name + " has come");
    }
    UploadNote note = found.get().note();
    checkSame(headers, note);
    checkRoom(name, headers.total() - headers.start(), received - headers.start());
    UploadNote learned = note.learned(headers.total(), headers.sha256());
    FileChannel file = parts.goOn(name, headers.start());
    if (!learned.equals(note)) {
      try {
        parts.write(name, learned);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }
    return new ImageUpload.Opened(file, learned);
  }

  /**
   * A part that goes on must say what it goes on with; of any two images parts may be under way.
   */
  private static void checkSame(UploadHeaders headers, UploadNote note) throws BadRequest {
    if (!headers.match().isEmpty() && !headers.match().contains(note.tag())) {
      throw unmet("If-Match", note.tag() + ", the upload of which so much has come");
    }
    if (headers.match().isEmpty() && headers.sha256().isEmpty()) {
      throw new BadRequest(
          PRECONDITION_REQUIRED,
          "If-Match or Repr-Digest (expected: which upload this goes on with; If-Match: "
              + note.tag()
              + " is the one of which something has come)",
          "If-Match",
          Map.of(ETAG, note.tag()));
    }
    if (note.total() >= 0 && headers.total() != note.total()) {
      throw conflict(
          "Content-Range",
          "an image of "
              + note.total()
              + " bytes, as the upload began; begin at 0 to upload another");
    }
    if (!note.sha256().isEmpty()
        && !headers.sha256().isEmpty()
        && !headers.sha256().equals(note.sha256())) {
      throw conflict(
          "Repr-Digest",
          "that of the image of which parts have come, "
              + note.sha256()
              + " in hex; begin at 0 to upload another");
    }
  }

  private static BadRequest conflict(String field, String expected) {
    return new BadRequest(
        HttpResponseStatus.CONFLICT, field + " (expected: " + expected + ")", field, Map.of());
  }

  private void checkRoom(String name, long needed, long givenBack) throws BadRequest, IOException {
    long free;
    try {
      free = images.folder().within(folder -> Files.getFileStore(folder).getUsableSpace());
    } catch (NoSuchFileException notMadeYet) {
      free = needed;
    }
    if (needed - givenBack > free) {
      throw new BadRequest(
          HttpResponseStatus.INSUFFICIENT_STORAGE,
          name
              + ": "
              + needed
              + " bytes are to come (expected: at most the "
              + (free + givenBack)
              + " for which there is room)");
    }
  }

  /** All of a body has come. */
  CompletionStage<Reply> uploaded(
      String name, Request request, Function<String, Map<String, @Nullable Object>> shown)
      throws BadRequest {
    if (request.body() instanceof RequestBody.None) {
      throw new BadRequest(HttpResponseStatus.BAD_REQUEST, "body (expected: an image)");
    }
    if (!(request.body() instanceof RequestBody.Poured poured)
        || !(poured.sink() instanceof ImageUpload upload)) {
      throw new IllegalStateException("the body went elsewhere");
    }
    try {
      return CompletableFuture.supplyAsync(() -> end(name, upload, shown), publishing);
    } catch (RejectedExecutionException full) {
      upload.abandon();
      return CompletableFuture.completedFuture(Problems.later("too many uploads at once"));
    }
  }

  private Reply end(
      String name, ImageUpload upload, Function<String, Map<String, @Nullable Object>> shown) {
    try {
      UploadNote note = upload.finish();
      if (upload.position() == 0) {
        throw new BadRequest(HttpResponseStatus.BAD_REQUEST, "body (expected: an image)");
      }
      if (note.synced() < note.total()) {
        return Json.page(
            HttpResponseStatus.ACCEPTED,
            Map.of("received", note.synced(), "total", note.total(), "upload", note.id()),
            Map.of(ETAG, note.tag()));
      }
      boolean existed = publish(name, note);
      return Json.page(
          existed ? HttpResponseStatus.OK : HttpResponseStatus.CREATED,
          shown.apply(name),
          Map.of());
    } catch (BadRequest problem) {
      return Problems.of(problem);
    } catch (RootGoneException gone) {
      return Problems.later("the server has no root at the moment; what has come is kept");
    } catch (IOException e) {
      LOG.warn("{}: {}", name, e.toString());
      return Problems.page(
          HttpResponseStatus.INSUFFICIENT_STORAGE,
          name
              + ": cannot be stored ("
              + e.getMessage()
              + "; expected: room for it; what has come is kept to be gone on with)",
          "",
          Map.of());
    } finally {
      upload.release();
    }
  }

  /** Whether there was an image of that name. */
  private boolean publish(String name, UploadNote note) throws BadRequest, IOException {
    String digest = sha256(name);
    if (!note.sha256().isEmpty() && !note.sha256().equals(digest)) {
      parts.remove(name);
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "Repr-Digest (expected: that of what came, " + digest + " in hex; nothing was kept)",
          "Repr-Digest",
          Map.of());
    }
    checkPlace(name);
    boolean existed = images.place(name) != ImageFolder.Place.FREE;
    // What is said of the image before beside it never stands beside this one.
    images.deleteSidecar(name);
    learn(name, parts.publish(name), digest);
    return existed;
  }

  /** What is known of the file that came goes with that file, and not with its name. */
  private void learn(String name, BasicFileAttributes came, String digest) {
    try {
      images.learn(name, came, digest);
    } catch (IOException replaced) {
      // Then it is computed when it is wanted.
      LOG.debug("{}", name, replaced);
    }
  }

  /** The SHA-256 of what has come of an image, in hex. */
  private String sha256(String name) throws IOException {
    MessageDigest digest = Sha256.begin();
    try (FileChannel in = parts.read(name)) {
      ByteBuffer buffer = ByteBuffer.allocate(HASH_BUFFER);
      while (in.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** How much of an image has come. */
  Reply state(String name) throws IOException {
    Optional<PartFiles.Part> part = parts.find(name);
    return part.isEmpty()
        ? Json.ok(Map.of("received", 0))
        : Json.page(
            HttpResponseStatus.OK, document(part.get()), Map.of(ETAG, part.get().note().tag()));
  }

  /** All half images, page by page. */
  Reply list(Query query) throws BadRequest, IOException {
    NamePage page = parts.names(query.text("after"), query.pageLimit());
    PagedList list = new PagedList("uploads", page.next().orElse(""));
    for (String name : page.names()) {
      Optional<PartFiles.Part> part = parts.find(name);
      if (list.isFull()) {
        break;
      }
      part.ifPresent(found -> list.add(name, document(found)));
    }
    return list.reply();
  }

  private Map<String, @Nullable Object> document(PartFiles.Part part) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", part.name());
    fields.put("received", part.received());
    if (part.note().total() >= 0) {
      fields.put("total", part.note().total());
    }
    if (!part.note().sha256().isEmpty()) {
      fields.put("sha256", part.note().sha256());
    }
    fields.put("upload", part.note().id());
    ImageUpload sending = active.get(part.name());
    fields.put("active", sending != null && !sending.isDead());
    fields.put("modified", part.changed().toString());
    fields.put("expires", part.changed().plus(KEPT).toString());
    return fields;
  }

  /** Throws away what has come of an image. */
  void forget(String name) throws BadRequest, IOException {
    ImageUpload sending = active.get(name);
    if (sending != null && !sending.isDead()) {
      throw busy(name);
    }
    if (sending != null) {
      sending.release();
    }
    parts.remove(name);
  }
}
