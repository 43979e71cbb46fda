package io.sluice.server.api.images;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.NamePage;
import io.sluice.server.api.resource.PagedList;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.images.ImageCatalogue;
import io.sluice.server.machines.MachineRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Images: listed, uploaded, deleted. */
public final class ImageResources {
  private final ImageFolder images;
  private final Uploads uploads;
  private final Access access;
  private final RequestThreads requests;

  /**
   * The images of a folder.
   *
   * @param requests for what is done soon
   */
  public ImageResources(
      ImageFolder images, Uploads uploads, Access access, RequestThreads requests) {
    this.images = images;
    this.uploads = uploads;
    this.access = access;
    this.requests = requests;
  }

  public Resource list() {
    return new Resource(access, requests)
        .open(
            HttpMethod.GET,
            request -> {
              Query query = Query.of(request);
              NamePage page = images.names(query.text("after"), query.pageLimit());
              PagedList list = new PagedList("images", page.next().orElse(""));
              for (String name : page.names()) {
                if (list.isFull()) {
                  break;
                }
                images.find(name).ifPresent(entry -> list.add(name, document(name, entry)));
              }
              return list.reply();
            })
        .parameters(HttpMethod.GET, Query.PAGE);
  }

  public Resource one() {
    return new Resource(access, requests)
        .open(HttpMethod.GET, request -> Json.ok(shown(name(request))))
        .guarded(
            HttpMethod.PUT,
            request -> uploads.begin(name(request), request),
            request -> uploads.uploaded(name(request), request, this::documentOf))
        .guarded(HttpMethod.DELETE, Resource.now(this::delete));
  }

  /** How much of an image has come. */
  public Resource upload() {
    return new Resource(access, requests)
        .guarded(HttpMethod.GET, Resource.now(request -> uploads.state(name(request))))
        .guarded(
            HttpMethod.DELETE,
            Resource.now(
                request -> {
                  uploads.forget(name(request));
                  return noContent();
                }));
  }

  /** Images of which not all has come. */
  public Resource uploads() {
    return new Resource(access, requests)
        .open(HttpMethod.GET, request -> uploads.list(Query.of(request)))
        .parameters(HttpMethod.GET, Query.PAGE);
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

  /** What is to be said of an image that has just come; nothing when it is gone again. */
  private Map<String, @Nullable Object> documentOf(String name) {
    try {
      return images
          .find(name)
          .map(entry -> document(name, entry))
          .orElseGet(() -> Map.of("name", name));
    } catch (IOException gone) {
      return Map.of("name", name);
    }
  }

  private Map<String, @Nullable Object> document(String name, ImageCatalogue.Entry entry) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", name);
    fields.put("format", entry.format());
    entry.size().ifPresent(size -> fields.put("size", size));
    entry.virtualSize().ifPresent(size -> fields.put("virtual_size", size));
    fields.put("modified", modified(entry.file()));
    entry.sha256().ifPresent(hex -> fields.put("sha256", hex));
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

  private Reply delete(Request request) throws BadRequest, IOException {
    String name = name(request);
    if (images.place(name) != ImageFolder.Place.IMAGE) {
      throw new BadRequest(
          HttpResponseStatus.NOT_FOUND, name + " (expected: an image that is a file)");
    }
    images.delete(name);
    return noContent();
  }
}
