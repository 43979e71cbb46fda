package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.boot.MachineRules;
import io.sluice.server.http.BodyIntake;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestBody;
import io.sluice.server.images.ImageCatalogue;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Images: listed, uploaded, deleted. An upload that breaks off is gone on with where it stopped; an
 * image appears under its name only when it is whole, synced and, where a digest was given, found
 * to be right.
 */
final class ImageResources {
  private final ImageFolder images;
  private final Access access;
  private final Executor requests;
  private final Executor pool;
  private final Set<String> uploading = ConcurrentHashMap.newKeySet();

  /**
   * The images of a folder.
   *
   * @param requests for what is done soon
   * @param pool may be kept busy for as long as it takes to read an image
   */
  ImageResources(ImageFolder images, Access access, Executor requests, Executor pool) {
    this.images = images;
    this.access = access;
    this.requests = requests;
    this.pool = pool;
  }

  Resource list() {
    return new Resource(access, requests)
        .open(
            HttpMethod.GET,
            request -> {
              List<Map<String, @Nullable Object>> all = new ArrayList<>();
              for (String name : images.names()) {
                images.find(name).ifPresent(entry -> all.add(document(name, entry)));
              }
              return Json.ok(Map.of("images", all));
            });
  }

  Resource one() {
    return new Resource(access, pool)
        .open(HttpMethod.GET, request -> Json.ok(shown(name(request))))
        .guarded(HttpMethod.PUT, this::begin, Resource.now(this::uploaded))
        .guarded(HttpMethod.DELETE, Resource.now(this::delete));
  }

  /** How much of an image has come. */
  Resource upload() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.GET,
            Resource.now(request -> Json.ok(Map.of("received", received(name(request))))))
        .guarded(
            HttpMethod.DELETE,
            Resource.now(
                request -> {
                  String name = name(request);
                  if (!uploading.add(name)) {
                    throw busy(name);
                  }
                  try {
                    Files.deleteIfExists(part(name));
                  } finally {
                    uploading.remove(name);
                  }
                  return noContent();
                }));
  }

  private static Reply noContent() {
    return new Reply.Page(HttpResponseStatus.NO_CONTENT, "", new byte[0], Map.of());
  }

  private static String name(Request request) throws BadRequest {
    String name = request.parameter("name");
    if (!MachineRules.isImage(name)) {
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "name (expected: a file name of letters, digits and . _ - + @ ~)",
          "name",
          Map.of());
    }
    return name;
  }

  private Map<String, @Nullable Object> shown(String name) throws BadRequest, IOException {
    return images
        .find(name)
        .map(entry -> document(name, entry))
        .orElseThrow(
            () ->
                new BadRequest(
                    HttpResponseStatus.NOT_FOUND, name + " (expected: an image that is there)"));
  }

  private Map<String, @Nullable Object> document(String name, ImageCatalogue.Entry entry) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", name);
    fields.put("format", entry.format());
    entry.size().ifPresent(size -> fields.put("size", size));
    entry.virtualSize().ifPresent(size -> fields.put("virtual_size", size));
    fields.put("modified", modified(entry.file()));
    images.stated(name, entry).or(entry::sha256).ifPresent(hex -> fields.put("sha256", hex));
    String file = String.valueOf(entry.file().getFileName());
    if (!file.equals(name)) {
      fields.put("made_from", file);
    }
    if (!entry.copies().isEmpty()) {
      fields.put("derived", entry.copies().stream().map(ImageResources::document).toList());
    }
    entry.problem().ifPresent(problem -> fields.put("problem", problem));
    return fields;
  }

  private static Map<String, @Nullable Object> document(ImageCatalogue.Copy copy) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", copy.name());
    copy.size().ifPresent(size -> fields.put("size", size));
    copy.sha256().ifPresent(hex -> fields.put("sha256", hex));
    return fields;
  }

  private static @Nullable String modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant().toString();
    } catch (IOException gone) {
      return null;
    }
  }

  /** Hidden, so that it is not served. */
  private Path part(String name) {
    return images.path("." + name + ".upload");
  }

  private long received(String name) throws IOException {
    return Files.exists(part(name)) ? Files.size(part(name)) : 0;
  }

  private static BadRequest busy(String name) {
    return new BadRequest(
        HttpResponseStatus.CONFLICT, name + " is being uploaded (expected: one upload at a time)");
  }

  private BodyIntake begin(Request request) throws BadRequest {
    String name = name(request);
    long start = UploadHeaders.of(request.headers()).start();
    return new BodyIntake.Pour(new ImageUpload(target(name, start), start, pool));
  }

  private ImageUpload.Target target(String name, long start) {
    return new ImageUpload.Target() {
      @Override
      public FileChannel open() throws BadRequest, IOException {
        if (!uploading.add(name)) {
          throw busy(name);
        }
        boolean opened = false;
        try {
          FileChannel file = openPart(name, start);
          opened = true;
          return file;
        } finally {
          if (!opened) {
            uploading.remove(name);
          }
        }
      }

      @Override
      public void release() {
        uploading.remove(name);
      }
    };
  }

  private FileChannel openPart(String name, long start) throws BadRequest, IOException {
    Files.createDirectories(images.path("."));
    long received = received(name);
    if (start > received) {
      throw new BadRequest(
          HttpResponseStatus.CONFLICT,
          "Content-Range (expected: one that begins at " + received + " or before)",
          "Content-Range",
          Map.of());
    }
    return FileChannel.open(part(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private Reply uploaded(Request request) throws BadRequest, IOException {
    if (!(request.body() instanceof RequestBody.Poured poured)
        || !(poured.sink() instanceof ImageUpload upload)) {
      throw new IllegalStateException("the body went elsewhere");
    }
    try {
      OptionalLong end = upload.finish();
      if (end.isEmpty()) {
        throw new BadRequest(HttpResponseStatus.BAD_REQUEST, "body (expected: an image)");
      }
      return received(name(request), end.getAsLong(), UploadHeaders.of(request.headers()));
    } finally {
      upload.release();
    }
  }

  private Reply received(String name, long end, UploadHeaders headers)
      throws BadRequest, IOException {
    if (headers.total() >= 0 && end < headers.total()) {
      return Json.page(
          HttpResponseStatus.ACCEPTED, Map.of("received", end, "total", headers.total()), Map.of());
    }
    String digest = ImageUpload.sha256(part(name));
    if (!headers.sha256().isEmpty() && !headers.sha256().equals(digest)) {
      Files.delete(part(name));
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "Repr-Digest (expected: that of what came, " + digest + " in hex; nothing was kept)",
          "Repr-Digest",
          Map.of());
    }
    boolean existed = Files.exists(images.path(name));
    publish(name, digest);
    return Json.page(
        existed ? HttpResponseStatus.OK : HttpResponseStatus.CREATED, shown(name), Map.of());
  }

  /** The digest comes after the image, so that an old one never stands beside a new image. */
  private void publish(String name, String digest) throws IOException {
    Path sidecar = images.digestFile(name);
    Path next = images.path("." + name + ".sha256.upload");
    Files.writeString(next, digest + "  " + name + "\n", StandardCharsets.UTF_8);
    Files.deleteIfExists(sidecar);
    Files.move(part(name), images.path(name), StandardCopyOption.ATOMIC_MOVE);
    Files.move(next, sidecar, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel folder = FileChannel.open(images.path("."), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  private Reply delete(Request request) throws BadRequest, IOException {
    String name = name(request);
    if (!Files.isRegularFile(images.path(name))) {
      throw new BadRequest(
          HttpResponseStatus.NOT_FOUND, name + " (expected: an image that is a file)");
    }
    Files.deleteIfExists(images.path(name));
    Files.deleteIfExists(images.digestFile(name));
    return noContent();
  }
}
