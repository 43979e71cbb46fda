package io.sluice.server.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a log whose every line must be one flat JSON object and nothing else. */
final class JsonLines {
  private JsonLines() {}

  static List<Map<String, String>> parse(String text) throws IOException {
    assertTrue(text.isEmpty() || text.endsWith("\n"), "cut off");
    List<Map<String, String>> objects = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (!line.isEmpty()) {
        objects.add(object(line));
      }
    }
    return objects;
  }

  private static Map<String, String> object(String line) throws IOException {
    Map<String, String> members = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(line)) {
      assertEquals(JsonToken.START_OBJECT, json.nextToken(), line);
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        assertTrue(json.nextToken().isScalarValue(), line);
        assertNull(members.put(name, json.getText()), line);
      }
      assertEquals(JsonToken.END_OBJECT, json.currentToken(), line);
      assertNull(json.nextToken(), line);
    }
    return members;
  }
}
