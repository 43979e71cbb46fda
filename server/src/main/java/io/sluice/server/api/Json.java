package io.sluice.server.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.Reply;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON in and out. */
final class Json {
  static final String TYPE = "application/json";

  private static final JSON MAPS =
      JSON.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
          .build();

  private Json() {}

  /** An object. */
  static Map<String, @Nullable Object> object(byte[] text) throws BadRequest {
    try {
      return text.length == 0 ? new LinkedHashMap<>() : new LinkedHashMap<>(MAPS.mapFrom(text));
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  static BadRequest malformed(IOException e) {
    String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST, "body (expected: a JSON object; " + first + ")");
  }

  /** What reads several objects, one after the other. */
  static JSON reader() {
    return MAPS;
  }

  static byte[] bytes(Object value) {
    try {
      return MAPS.asBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }

  /** An answer that must not be kept by anybody on the way. */
  static Reply.Page page(
      HttpResponseStatus status, Object value, Map<CharSequence, String> headers) {
    Map<CharSequence, String> all = new LinkedHashMap<>(headers);
    all.put(ResponseFields.CACHE_CONTROL, "no-store");
    return new Reply.Page(status, TYPE, bytes(value), all);
  }

  static Reply.Page ok(Object value) {
    return page(HttpResponseStatus.OK, value, Map.of());
  }
}
