package io.sluice.server.boot.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads the text of a template, tag after tag. */
final class TemplateReader {
  private static final String OPEN = "{{";
  private static final String CLOSE = "}}";

  /** How a block ended. */
  private enum End {
    ELIF,
    ELSE,
    END,
    TEXT
  }

  private final String file;
  private final String text;
  private final Vocabulary vocabulary;
  private final Map<String, String> options = new LinkedHashMap<>();
  private int at;
  private int line = 1;
  private End ended = End.TEXT;
  private TagReader closing;

  TemplateReader(String file, String text, Vocabulary vocabulary) throws TemplateException {
    this.file = file;
    this.text = text;
    this.vocabulary = vocabulary;
    this.closing = new TagReader(file, 1, "", vocabulary, Set.of());
  }

  /** Everything, up to the end. */
  List<Node> all() throws TemplateException {
    List<Node> nodes = block(Set.of());
    if (ended != End.TEXT) {
      throw closing.problem("end, else or elif (expected: an if or for before it)");
    }
    return nodes;
  }

  /** What the template says about itself, in its order. */
  Map<String, String> options() {
    return options;
  }

  private List<Node> block(Set<String> locals) throws TemplateException {
    List<Node> nodes = new ArrayList<>();
    while (true) {
      int open = text.indexOf(OPEN, at);
      if (open < 0) {
        plain(nodes, text.length());
        ended = End.TEXT;
        return nodes;
      }
      int close = endOfTag(open);
      String tag = text.substring(open + OPEN.length(), close);
      boolean control = isControl(tag);
      int lineStart = text.lastIndexOf('\n', open - 1) + 1;
      int lineEnd = endOfLine(close + CLOSE.length());
      boolean alone =
          control && lineStart >= at && text.substring(lineStart, open).isBlank() && lineEnd >= 0;
      plain(nodes, alone ? lineStart : open);
      skip(open);
      int tagLine = line;
      skip(alone ? lineEnd : close + CLOSE.length());
      if (tag(nodes, tag, tagLine, locals)) {
        return nodes;
      }
    }
  }

  /** Reads one tag; true when it ends the block. */
  private boolean tag(List<Node> nodes, String tag, int tagLine, Set<String> locals)
      throws TemplateException {
    if (tag.startsWith("#")) {
      return false;
    }
    TagReader reader = new TagReader(file, tagLine, tag, vocabulary, locals);
    for (End end : List.of(End.ELIF, End.ELSE, End.END)) {
      if (reader.take(end.name().toLowerCase(Locale.ROOT))) {
        ended = end;
        closing = reader;
        return true;
      }
    }
    if (reader.take("if")) {
      nodes.add(choice(reader, locals));
    } else if (reader.take("for")) {
      nodes.add(loop(reader, locals));
    } else if (reader.take("include")) {
      nodes.add(new Node.Include(reader.text("the name of a template"), tagLine));
      reader.end();
    } else if (reader.take("option")) {
      options.put(reader.word("the name of an option"), reader.text("its value"));
      reader.end();
    } else {
      nodes.add(new Node.Output(reader.expression(), tagLine));
      reader.end();
    }
    return false;
  }

  private Node choice(TagReader opening, Set<String> locals) throws TemplateException {
    List<Node.Branch> branches = new ArrayList<>();
    TagReader reader = opening;
    do {
      Expression condition = reader.expression();
      reader.end();
      List<Node> body = block(locals);
      branches.add(new Node.Branch(condition, body));
      reader = closing;
    } while (ended == End.ELIF);
    List<Node> otherwise = List.of();
    if (ended == End.ELSE) {
      closing.end();
      otherwise = block(locals);
    }
    mustHaveEnded(opening);
    return new Node.Choice(List.copyOf(branches), otherwise);
  }

  private Node loop(TagReader opening, Set<String> locals) throws TemplateException {
    String name = opening.word("a name for each");
    if (!opening.take("in")) {
      throw opening.problem("for (expected: for NAME in NAMES)");
    }
    Expression texts = opening.expression();
    opening.end();
    Set<String> inner = new HashSet<>(locals);
    inner.add(name);
    List<Node> body = block(inner);
    mustHaveEnded(opening);
    return new Node.Loop(name, texts, body);
  }

  private void mustHaveEnded(TagReader opening) throws TemplateException {
    if (ended != End.END) {
      throw opening.problem("if or for (expected: an end after it)");
    }
    closing.end();
  }

  private void plain(List<Node> nodes, int end) {
    if (end > at) {
      nodes.add(new Node.Plain(text.substring(at, end)));
      skip(end);
    }
  }

  private void skip(int to) {
    for (; at < to; at++) {
      if (text.charAt(at) == '\n') {
        line++;
      }
    }
  }

  /** Where the tag that opens here closes; braces within quotes do not count. */
  private int endOfTag(int open) throws TemplateException {
    boolean comment = text.startsWith("#", open + OPEN.length());
    boolean quoted = false;
    for (int i = open + OPEN.length(); i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"' && !comment) {
        quoted = !quoted;
      } else if (!quoted && text.startsWith(CLOSE, i)) {
        return i;
      }
    }
    skip(open);
    throw new TemplateException(file, line, "{{ (expected: }} after it)");
  }

  /** Where the next line begins when nothing but white space is left on this one, else -1. */
  private int endOfLine(int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        return i + 1;
      }
      if (c != ' ' && c != '\t' && c != '\r') {
        return -1;
      }
    }
    return text.length();
  }

  private static boolean isControl(String tag) {
    return tag.startsWith("#")
        || tag.strip().matches("(?s)(if|elif|else|end|for|include|option)(\\s.*)?");
  }
}
