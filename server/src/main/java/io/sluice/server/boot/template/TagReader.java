package io.sluice.server.boot.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what stands between the braces of one tag, from left to right: names, text in quotes,
 * {@code default}, filters after bars, comparisons, {@code not}, {@code and}, {@code or} and
 * parentheses, each binding less than the one before.
 */
final class TagReader {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(\"(?:[^\"\\\\]|\\\\.)*\")|([A-Za-z_][A-Za-z0-9_.-]*)|(==|!=|[|()]))");
  private static final Set<String> WORDS =
      Set.of(
          "default", "not", "and", "or", "in", "if", "elif", "else", "end", "for", "include",
          "option");

  private final String file;
  private final int line;
  private final Vocabulary vocabulary;
  private final Set<String> locals;
  private final List<String> tokens = new ArrayList<>();
  private int next;

  /**
   * Takes a tag apart.
   *
   * @param locals names that loops around the tag have given
   */
  TagReader(String file, int line, String tag, Vocabulary vocabulary, Set<String> locals)
      throws TemplateException {
    this.file = file;
    this.line = line;
    this.vocabulary = vocabulary;
    this.locals = locals;
    String text = tag.strip();
    Matcher matcher = TOKEN.matcher(text);
    int at = 0;
    while (at < text.length()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw problem(
            text.substring(at).strip()
                + " (expected: a name, text in quotes or one of == != | ( ))");
      }
      tokens.add(matcher.group().strip());
      at = matcher.end();
    }
  }

  /** Takes this word when it comes next. */
  boolean take(String word) {
    if (next < tokens.size() && tokens.get(next).equals(word)) {
      next++;
      return true;
    }
    return false;
  }

  /** Everything must have been read. */
  void end() throws TemplateException {
    if (next < tokens.size()) {
      throw problem(tokens.get(next) + " (expected: the end of the tag)");
    }
  }

  /** A name that is not looked up, such as that of an option. */
  String word(String what) throws TemplateException {
    String word = next < tokens.size() ? tokens.get(next) : "";
    if (!word.matches("[A-Za-z_][A-Za-z0-9_-]*") || WORDS.contains(word)) {
      throw problem(seen() + " (expected: " + what + ")");
    }
    next++;
    return word;
  }

  /** Text in quotes. */
  String text(String what) throws TemplateException {
    Optional<String> text = quoted();
    if (text.isEmpty()) {
      throw problem(seen() + " (expected: " + what + " in quotes)");
    }
    return text.get();
  }

  /** A whole expression. */
  Expression expression() throws TemplateException {
    Expression left = conjunction();
    while (take("or")) {
      left = new Expression.Or(left, conjunction());
    }
    return left;
  }

  private Expression conjunction() throws TemplateException {
    Expression left = negation();
    while (take("and")) {
      left = new Expression.And(left, negation());
    }
    return left;
  }

  private Expression negation() throws TemplateException {
    return take("not") ? new Expression.Not(negation()) : comparison();
  }

  private Expression comparison() throws TemplateException {
    Expression left = pipeline();
    if (take("==")) {
      return new Expression.Equal(left, pipeline());
    }
    if (take("!=")) {
      return new Expression.Not(new Expression.Equal(left, pipeline()));
    }
    return take("in") ? new Expression.OneOf(left, pipeline()) : left;
  }

  private Expression pipeline() throws TemplateException {
    Expression value = primary();
    while (take("default")) {
      value = new Expression.Default(value, primary());
    }
    while (take("|")) {
      String name = word("a filter, one of " + Filter.names());
      Optional<Filter> filter = Filter.of(name);
      if (filter.isEmpty()) {
        throw problem(name + " (expected: a filter, one of " + Filter.names() + ")");
      }
      value = new Expression.Filtered(value, filter.get());
    }
    return value;
  }

  private Expression primary() throws TemplateException {
    if (take("(")) {
      Expression inner = expression();
      if (!take(")")) {
        throw problem(seen() + " (expected: a closing parenthesis)");
      }
      return inner;
    }
    Optional<String> text = quoted();
    if (text.isPresent()) {
      return new Expression.Literal(text.get());
    }
    String name = next < tokens.size() ? tokens.get(next) : "";
    if (!name.matches("[A-Za-z_].*") || WORDS.contains(name)) {
      throw problem(seen() + " (expected: a name or text in quotes)");
    }
    if (!locals.contains(name) && !vocabulary.knows(name)) {
      throw problem(name + " (expected: a name that is known; see the list in the documentation)");
    }
    next++;
    return new Expression.Name(name);
  }

  private Optional<String> quoted() {
    if (next >= tokens.size() || !tokens.get(next).startsWith("\"")) {
      return Optional.empty();
    }
    String token = tokens.get(next++);
    return Optional.of(token.substring(1, token.length() - 1).replaceAll("\\\\(.)", "$1"));
  }

  private String seen() {
    return next < tokens.size() ? tokens.get(next) : "end of the tag";
  }

  TemplateException problem(String problem) {
    return new TemplateException(file, line, problem);
  }
}
