package io.sluice.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
 * The documents of a JSON or YAML 1.2 file: objects with their lines, lists, texts. What YAML has
 * between two separators is the text that stands there, whether it looks like a number, a time or a
 * yes: everything that is known of a machine is text, and {@code 52:54:00:12:34:56}, {@code no} and
 * {@code 0100} mean themselves. Only {@code null}, {@code ~} and nothing are nothing.
 */
final class LinedFile {
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

  private LinedFile() {}

  /** A file that cannot be read, and where. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    private final int line;

    Malformed(int line, String problem) {
      super(problem);
      this.line = line;
    }

    /** From 1. */
    int line() {
      return line;
    }
  }

  /** The documents of JSON, one or several after each other. */
  static List<@Nullable Object> json(String text) throws Malformed {
    try (JsonParser parser = JSON.createParser(text)) {
      List<@Nullable Object> documents = new ArrayList<>();
      LinedFile file = new LinedFile();
      while (parser.nextToken() != null) {
        documents.add(file.json(parser, 0));
      }
      return documents;
    } catch (JsonProcessingException e) {
      throw new Malformed(
          e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
          "JSON (expected: well-formed; " + firstLine(e.getOriginalMessage()) + ")");
    } catch (IOException e) {
      throw new Malformed(1, "JSON (expected: well-formed; " + firstLine(e.getMessage()) + ")");
    }
  }

  private @Nullable Object json(JsonParser parser, int depth) throws IOException, Malformed {
    int line = parser.currentTokenLocation().getLineNr();
    count(line, depth);
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, new LinedObject(line), depth);
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

  private LinedObject object(JsonParser parser, LinedObject object, int depth)
      throws IOException, Malformed {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int at = parser.currentTokenLocation().getLineNr();
      String name = parser.currentName();
      parser.nextToken();
      object.put(name, json(parser, depth + 1), at);
    }
    return object;
  }

  /** The documents of YAML. */
  static List<@Nullable Object> yaml(String text) throws Malformed {
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
      LinedFile file = new LinedFile();
      for (Node node : new Compose(settings).composeAllFromString(text)) {
        documents.add(file.yaml(node, 0));
      }
      return documents;
    } catch (MarkedYamlEngineException e) {
      throw new Malformed(
          line(e.getProblemMark()),
          "YAML (expected: well-formed; " + firstLine(e.getProblem()) + ")");
    } catch (YamlEngineException e) {
      throw new Malformed(1, "YAML (expected: well-formed; " + firstLine(e.getMessage()) + ")");
    }
  }

  /** Nodes are made by recursion, events are not. */
  private static void checkDepth(Iterable<Event> events) throws Malformed {
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

  private static Malformed tooDeep(int line) {
    return new Malformed(line, "value (expected: at most " + DEEPEST + " deep)");
  }

  private @Nullable Object yaml(Node node, int depth) throws Malformed {
    int line = line(node.getStartMark());
    count(line, depth);
    String tag = node.getTag().getValue();
    if (!tag.startsWith(CORE) || !TAGS.contains(tag.substring(CORE.length()))) {
      throw new Malformed(line, tag + " (expected: no tag)");
    }
    if (node instanceof MappingNode mapping) {
      LinedObject object = new LinedObject(line);
      for (NodeTuple each : mapping.getValue()) {
        int at = line(each.getKeyNode().getStartMark());
        if (!(each.getKeyNode() instanceof ScalarNode key)) {
          throw new Malformed(at, "key (expected: a name)");
        }
        if (!object.put(key.getValue(), yaml(each.getValueNode(), depth + 1), at)) {
          throw new Malformed(at, key.getValue() + " (expected: once)");
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

  private void count(int line, int depth) throws Malformed {
    if (depth > DEEPEST) {
      throw tooDeep(line);
    }
    if (++values > MOST_VALUES) {
      throw new Malformed(line, "file (expected: at most " + MOST_VALUES + " values)");
    }
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(each -> each.getLine() + 1).orElse(1);
  }

  private static String firstLine(@Nullable String message) {
    return String.valueOf(message).lines().findFirst().orElse("");
  }
}
