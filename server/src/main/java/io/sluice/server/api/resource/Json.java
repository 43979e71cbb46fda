package io.sluice.server.api.resource;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
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
public final class Json {
  public static final String TYPE = "application/json";

  /** A machine's record is three deep. */
  private static final int DEEPEST = 16;

  /**
   * Four times what an import of the most machines with a dozen fields has. Each token may become
   * an object in memory, however few bytes it has.
   */
  private static final long MOST_TOKENS = 1_000_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxTokenCount(MOST_TOKENS)
                  .build())
          .build();

  private static final JSON MAPS =
      JSON.builder(FACTORY).enable(JSON.Feature.WRITE_NULL_PROPERTIES).build();

  private Json() {}

  /** An object, and nothing after it. */
  public static Map<String, @Nullable Object> object(byte[] text) throws BadRequest {
    if (text.length == 0) {
      return new LinkedHashMap<>();
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw notA("a JSON object");
      }
      Map<String, @Nullable Object> object = objectAt(parser);
      if (parser.nextToken() != null) {
        throw notA("one JSON object and nothing after it");
      }
      return object;
    } catch (IOException e) {
      throw notA("a JSON object; " + firstLine(e));
    }
  }

  /** Takes one object after the other. */
  @FunctionalInterface
  public interface Sink {
    /** Takes one. */
    void take(Map<String, @Nullable Object> object) throws BadRequest;
  }

  /** The objects of an array, one after the other, so that they are never all in memory. */
  public static void objects(byte[] text, Sink sink) throws BadRequest {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw notA("a JSON array of machines");
      }
      for (JsonToken next = parser.nextToken();
          next != JsonToken.END_ARRAY;
          next = parser.nextToken()) {
        if (next != JsonToken.START_OBJECT) {
          throw notA("a JSON array of machines");
        }
        sink.take(objectAt(parser));
      }
      if (parser.nextToken() != null) {
        throw notA("one JSON array and nothing after it");
      }
    } catch (IOException e) {
      throw notA("a JSON array of machines; " + firstLine(e));
    }
  }

  private static Map<String, @Nullable Object> objectAt(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>(MAPS.mapFrom(parser));
    parser.clearCurrentToken();
    return object;
  }

  private static String firstLine(IOException e) {
    // The reader says where, and also why it does not quote the text and which setting bounds it.
    return String.valueOf(e.getMessage())
        .lines()
        .findFirst()
        .orElse("")
        .replaceAll("\\[Source: [^;\\]]*; (line: \\d+, column: \\d+)\\]", "$1")
        .replaceAll(", from `[^`]*`", "");
  }

  private static BadRequest notA(String what) {
    return new BadRequest(HttpResponseStatus.BAD_REQUEST, "body (expected: " + what + ")");
  }

  public static byte[] bytes(Object value) {
    try {
      return MAPS.asBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }

  /** An answer that no cache on the way may store. */
  public static Reply.Page page(
      HttpResponseStatus status, Object value, Map<CharSequence, String> headers) {
    Map<CharSequence, String> all = new LinkedHashMap<>(headers);
    all.put(ResponseFields.CACHE_CONTROL, "no-store");
    return new Reply.Page(status, TYPE, bytes(value), all);
  }

  public static Reply.Page ok(Object value) {
    return page(HttpResponseStatus.OK, value, Map.of());
  }

  /** An answer that is JSON already. */
  public static Reply.Page ok(byte[] json) {
    return new Reply.Page(
        HttpResponseStatus.OK, TYPE, json, Map.of(ResponseFields.CACHE_CONTROL, "no-store"));
  }
}
