package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The OpenAPI document of the API, which every answer of a test is held against. */
public final class OpenApiContract {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

  private final JsonNode document;

  private OpenApiContract(JsonNode document) {
    this.document = document;
  }

  /** The document in the jar. */
  public static OpenApiContract shipped() throws IOException {
    try (InputStream in =
        OpenApiContract.class.getResourceAsStream("/io/sluice/server/api/openapi.json")) {
      return new OpenApiContract(JSON.readTree(in));
    }
  }

  /** Every operation, such as {@code GET /api/v1/machines}. */
  public Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
      for (Iterator<String> keys = path.getValue().fieldNames(); keys.hasNext(); ) {
        String key = keys.next();
        if (!key.equals("parameters")) {
          operations.add(key.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    return operations;
  }

  /** The names of the parameters that the query of an operation may have. */
  public Set<String> queryParameters(String method, String path) {
    Set<String> names = new TreeSet<>();
    JsonNode operation = document.get("paths").get(path).get(method.toLowerCase(Locale.ROOT));
    for (JsonNode parameter : operation.path("parameters")) {
      if (parameter.get("in").asText().equals("query")) {
        names.add(parameter.get("name").asText());
      }
    }
    return names;
  }

  /** The answer must be one the document tells of. */
  void check(String method, String target, RawClient.Response answer) {
    String path = target.split("\\?", 2)[0];
    JsonNode operation = operation(method.toLowerCase(Locale.ROOT), path);
    int status = answer.status();
    if (operation == null) {
      if (status != 404 && status != 405) {
        throw new AssertionError(method + " " + path + " is not in the document: " + status);
      }
      return;
    }
    JsonNode response = operation.path("responses").path(Integer.toString(status));
    if (response.isMissingNode()) {
      throw new AssertionError(
          method + " " + path + ": no " + status + " in the document: " + answer.text());
    }
    if (response.has("$ref")) {
      response = document.at(response.get("$ref").asText().substring(1));
    }
    String type = answer.find("Content-Type").orElse("").split(";", 2)[0];
    if (!response.has("content")) {
      if (!answer.text().isEmpty()) {
        throw new AssertionError(method + " " + path + ": a body: " + answer.text());
      }
      return;
    }
    JsonNode content = response.get("content").get(type);
    if (content == null) {
      throw new AssertionError(method + " " + path + ": not as " + type);
    }
    if (type.endsWith("json")) {
      checkBody(method + " " + path, content.get("schema"), answer.text());
    }
  }

  private JsonNode operation(String method, String path) {
    List<String> segments = List.of(path.split("/"));
    for (Map.Entry<String, JsonNode> each : document.get("paths").properties()) {
      List<String> pattern = List.of(each.getKey().split("/"));
      boolean fits = pattern.size() == segments.size();
      for (int i = 0; fits && i < pattern.size(); i++) {
        fits = pattern.get(i).startsWith("{") || pattern.get(i).equals(segments.get(i));
      }
      if (fits) {
        return each.getValue().get(method);
      }
    }
    return null;
  }

  private void checkBody(String what, JsonNode schema, String body) {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.get("components"));
    JsonSchema compiled = SCHEMAS.getSchema(whole);
    List<String> problems = new ArrayList<>();
    try {
      for (ValidationMessage problem : compiled.validate(JSON.readTree(body))) {
        problems.add(problem.getMessage());
      }
    } catch (IOException e) {
      problems.add(e.toString());
    }
    if (!problems.isEmpty()) {
      throw new AssertionError(what + ": " + problems + " in " + body);
    }
  }
}
