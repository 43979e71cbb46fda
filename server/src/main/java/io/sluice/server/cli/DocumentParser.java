package io.sluice.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Parses the documents of a JSON or YAML 1.2 file into {@link ObjectNode}s, lists and text. A YAML
 * scalar is the text that stands there, whether it looks like a number, a time or a yes: everything
 * that is known of a machine is text, and {@code 52:54:00:12:34:56}, {@code no} and {@code 0100}
 * mean themselves. Only {@code null}, {@code ~} and nothing are nothing.
 */
final class DocumentParser {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final String CORE = "tag:yaml.org,2002:";
  private static final Set<String> TAGS =
      Set.of("str", "int", "float", "bool", "null", "map", "seq", "timestamp");
  private static final Set<String> NOTHING = Set.of("", "~", "null", "Null", "NULL");

  /** A machine's record is three deep, in a list of an object. */
  private static final int DEEPEST = 16;

  /** Values of a file, those that an alias repeats counted each time: some 100,000 machines. */
  private static final int MOST_VALUES = 2_000_000;

  private int values;

  private DocumentParser() {}

  /** A document is not well-formed, at a line of its file. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int line;

    MalformedException(int line, String problem) {
      super(problem);
      this.line = line;
    }

    /** From 1. */
    int line() {
      return line;
    }
  }

  /** An object of a document, with the line of each of its fields. */
  static final class ObjectNode {
    /** How many characters of a value a message quotes. */
    private static final int LONGEST_VALUE = 80;

    private final int line;
    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new HashMap<>();

    /**
     * An object without fields yet.
     *
     * @param line where it begins, from 1
     */
    ObjectNode(int line) {
      this.line = line;
    }

    int line() {
      return line;
    }

    /** Sets a field; false when the object had it already. */
    boolean put(String name, @Nullable Object value, int at) {
      boolean first = !fields.containsKey(name);
      fields.put(name, value);
      lines.put(name, at);
      return first;
    }

    boolean has(String name) {
      return fields.containsKey(name);
    }

    @Nullable Object get(String name) {
      return fields.get(name);
    }

    int size() {
      return fields.size();
    }

    /** The fields, objects within as maps. */
    Map<String, @Nullable Object> plain() {
      Map<String, @Nullable Object> plain = new LinkedHashMap<>();
      fields.forEach((name, value) -> plain.put(name, plain(value)));
      return plain;
    }

    private static @Nullable Object plain(@Nullable Object value) {
      if (value instanceof ObjectNode inner) {
        return inner.plain();
      }
      return value instanceof List<?> list ? list.stream().map(ObjectNode::plain).toList() : value;
    }

    /**
     * The line of a field.
     *
     * @param path its name with the names around it, such as {@code vars.kernel}
     */
    int line(String path) {
      String name = name(path);
      int own = lines.getOrDefault(name, line);
      return fields.get(name) instanceof ObjectNode inner && path.length() > name.length()
          ? inner.lines.getOrDefault(path.substring(name.length() + 1), own)
          : own;
    }

    /** The value of a field for a message; empty when there is none, or when it is secret. */
    String shown(String path) {
      String name = name(path);
      Object value = fields.get(name);
      if (value instanceof ObjectNode inner && path.length() > name.length()) {
        value = name.equals("secrets") ? null : inner.get(path.substring(name.length() + 1));
      }
      if (value == null || value instanceof ObjectNode) {
        return "";
      }
      String text =
          value instanceof List<?> list
              ? String.join(", ", list.stream().map(String::valueOf).toList())
              : String.valueOf(value);
      return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private static String name(String path) {
      int dot = path.indexOf('.');
      return dot < 0 ? path : path.substring(0, dot);
    }
  }

  /** The documents of JSON, one or several after each other. */
  static List<@Nullable Object> json(String text) throws MalformedException {
    try (JsonParser parser = JSON.createParser(text)) {
      List<@Nullable Object> documents = new ArrayList<>();
      DocumentParser documentParser = new DocumentParser();
      while (parser.nextToken() != null) {
        documents.add(documentParser.json(parser, 0));
      }
      return documents;
    } catch (JsonProcessingException e) {
      throw new MalformedException(
          e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
          "JSON (expected: well-formed; " + firstLine(e.getOriginalMessage()) + ")");
    } catch (IOException e) {
      throw new MalformedException(
          1, "JSON (expected: well-formed; " + firstLine(e.getMessage()) + ")");
    }
  }

  private @Nullable Object json(JsonParser parser, int depth)
      throws IOException, MalformedException {
    int line = parser.currentTokenLocation().getLineNr();
    count(line, depth);
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, new ObjectNode(line), depth);
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(json(parser, depth + 1));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NULL -> null;
      case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
      default -> parser.getNumberValue();
    };
  }

  private ObjectNode object(JsonParser parser, ObjectNode object, int depth)
      throws IOException, MalformedException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int at = parser.currentTokenLocation().getLineNr();
      String name = parser.currentName();
      parser.nextToken();
      object.put(name, json(parser, depth + 1), at);
    }
    return object;
  }

  /** The documents of YAML. */
  static List<@Nullable Object> yaml(String text) throws MalformedException {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel("file")
            .setCodePointLimit(Integer.MAX_VALUE)
            // What aliases repeat is counted below.
            .setMaxAliasesForCollections(Integer.MAX_VALUE)
            .build();
    try {
      List<@Nullable Object> documents = new ArrayList<>();
      checkDepth(new Parse(settings).parseString(text));
      DocumentParser parser = new DocumentParser();
      for (Node node : new Compose(settings).composeAllFromString(text)) {
        documents.add(parser.yaml(node, 0));
      }
      return documents;
    } catch (MarkedYamlEngineException e) {
      throw new MalformedException(
          line(e.getProblemMark()),
          "YAML (expected: well-formed; " + firstLine(e.getProblem()) + ")");
    } catch (YamlEngineException e) {
      throw new MalformedException(
          1, "YAML (expected: well-formed; " + firstLine(e.getMessage()) + ")");
    }
  }

  /** Composing nodes is recursive, parsing events is not. */
  private static void checkDepth(Iterable<Event> events) throws MalformedException {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent) {
        depth++;
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
      if (depth > DEEPEST) {
        throw tooDeep(line(event.getStartMark()));
      }
    }
  }

  private static MalformedException tooDeep(int line) {
    return new MalformedException(line, "value (expected: at most " + DEEPEST + " deep)");
  }

  private @Nullable Object yaml(Node node, int depth) throws MalformedException {
    int line = line(node.getStartMark());
    count(line, depth);
    String tag = node.getTag().getValue();
    if (!tag.startsWith(CORE) || !TAGS.contains(tag.substring(CORE.length()))) {
      throw new MalformedException(line, tag + " (expected: no tag)");
    }
    if (node instanceof MappingNode mapping) {
      ObjectNode object = new ObjectNode(line);
      for (NodeTuple each : mapping.getValue()) {
        int at = line(each.getKeyNode().getStartMark());
        if (!(each.getKeyNode() instanceof ScalarNode key)) {
          throw new MalformedException(at, "key (expected: a name)");
        }
        if (!object.put(key.getValue(), yaml(each.getValueNode(), depth + 1), at)) {
          throw new MalformedException(at, key.getValue() + " (expected: once)");
        }
      }
      return object;
    }
    if (node instanceof SequenceNode sequence) {
      List<@Nullable Object> list = new ArrayList<>();
      for (Node each : sequence.getValue()) {
        list.add(yaml(each, depth + 1));
      }
      return list;
    }
    ScalarNode scalar = (ScalarNode) node;
    boolean plain = scalar.getScalarStyle() == ScalarStyle.PLAIN;
    return plain && NOTHING.contains(scalar.getValue()) ? null : scalar.getValue();
  }

  private void count(int line, int depth) throws MalformedException {
    if (depth > DEEPEST) {
      throw tooDeep(line);
    }
    if (++values > MOST_VALUES) {
      throw new MalformedException(line, "file (expected: at most " + MOST_VALUES + " values)");
    }
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(each -> each.getLine() + 1).orElse(1);
  }

  private static String firstLine(@Nullable String message) {
    return String.valueOf(message).lines().findFirst().orElse("");
  }
}
