package io.sluice.server.boot.template;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A template, read and checked. Tags stand in double braces, which no boot loader's language uses:
 *
 * <pre>
 * {{ mac }}                        a value, escaped for the language of the script
 * {{ vars.args default "quiet" }}  with a value for when it is missing
 * {{ vars.name | uri }}            changed by a filter: uri, hex, upper, lower, words,
 *                                  json
 * {{ if uefi and "gpu" in tags }} … {{ elif arch == "aarch64" }} … {{ else }} … {{ end }}
 * {{ for tag in tags }} … {{ end }}
 * {{ include "console" }}          another template
 * {{ option timeout "4h" }}        something the template says about itself
 * {{# a comment }}
 * </pre>
 *
 * <p>A line with nothing but one tag that writes nothing itself leaves no empty line behind. All
 * other text, a boot loader's own <code>${…}</code> included, is written as it stands.
 */
public final class Template {
  private static final int DEEPEST_INCLUDE = 16;

  /** Finds the templates that others include. */
  @FunctionalInterface
  public interface Includes {
    /**
     * The template of this name, if it is there.
     *
     * @throws IOException when it cannot be used, with a message that says why
     */
    Optional<Template> find(String name) throws IOException;
  }

  private final String file;
  private final List<Node> nodes;
  private final Map<String, String> options;

  private Template(String file, List<Node> nodes, Map<String, String> options) {
    this.file = file;
    this.nodes = List.copyOf(nodes);
    this.options = Map.copyOf(options);
  }

  /**
   * Reads a template.
   *
   * @param file what messages call it
   * @param vocabulary the names it may use
   * @throws TemplateException for the first thing that is wrong
   */
  public static Template parse(String file, String text, Vocabulary vocabulary)
      throws TemplateException {
    TemplateReader reader = new TemplateReader(file, text, vocabulary);
    List<Node> nodes = reader.all();
    return new Template(file, nodes, reader.options());
  }

  /** What the template says about itself. */
  public Map<String, String> options() {
    return options;
  }

  /**
   * The same, with what those say that it includes for everybody and it says nothing of itself.
   *
   * @param includes what cannot be found says nothing
   */
  public Map<String, String> options(Includes includes) {
    Map<String, String> all = new HashMap<>(options);
    inherit(includes, all, 0);
    return all;
  }

  private void inherit(Includes includes, Map<String, String> all, int depth) {
    for (Node node : nodes) {
      if (node instanceof Node.Include include && depth < DEEPEST_INCLUDE) {
        try {
          includes
              .find(include.name())
              .ifPresent(
                  included -> {
                    included.options.forEach(all::putIfAbsent);
                    included.inherit(includes, all, depth + 1);
                  });
        } catch (IOException unusable) {
          // Whoever renders this is told.
        }
      }
    }
  }

  /** Whether it includes no other template, wherever. */
  public boolean includesNothing() {
    return nodes.stream().noneMatch(Node.Include.class::isInstance);
  }

  /** Whether it has no tags, so that it reads the same for everybody. */
  public boolean isPlain() {
    return options.isEmpty() && nodes.stream().allMatch(Node.Plain.class::isInstance);
  }

  /**
   * The text for a scope.
   *
   * @throws TemplateException when a value is missing or cannot be written in the language, or an
   *     included template is not there
   */
  public String render(Scope scope, Escaping escaping, Includes includes) throws TemplateException {
    StringBuilder out = new StringBuilder();
    new Rendering(escaping, includes, out).template(this, scope, 0);
    return out.toString();
  }

  private record Rendering(Escaping escaping, Includes includes, StringBuilder out) {

    void template(Template template, Scope scope, int depth) throws TemplateException {
      nodes(template, template.nodes, scope, depth);
    }

    private void nodes(Template template, List<Node> nodes, Scope scope, int depth)
        throws TemplateException {
      for (Node node : nodes) {
        if (node instanceof Node.Plain plain) {
          out.append(plain.text());
        } else if (node instanceof Node.Output output) {
          output(template.file, output, scope);
        } else if (node instanceof Node.Choice choice) {
          nodes(template, chosen(choice, scope), scope, depth);
        } else if (node instanceof Node.Loop loop) {
          loop(template, loop, scope, depth);
        } else if (node instanceof Node.Include include) {
          include(template.file, include, scope, depth);
        }
      }
    }

    private static List<Node> chosen(Node.Choice choice, Scope scope) {
      for (Node.Branch branch : choice.branches()) {
        if (branch.condition().in(scope).holds()) {
          return branch.body();
        }
      }
      return choice.otherwise();
    }

    private void loop(Template template, Node.Loop loop, Scope scope, int depth)
        throws TemplateException {
      Value value = loop.texts().in(scope);
      List<String> texts =
          value instanceof Value.Many many
              ? many.texts()
              : value instanceof Value.Text one && value.holds() ? List.of(one.text()) : List.of();
      for (String text : texts) {
        nodes(template, loop.body(), scope.with(loop.name(), text), depth);
      }
    }

    private void include(String file, Node.Include include, Scope scope, int depth)
        throws TemplateException {
      if (depth >= DEEPEST_INCLUDE) {
        throw new TemplateException(
            file, include.line(), include.name() + " (expected: no template that includes itself)");
      }
      Optional<Template> included;
      try {
        included = includes.find(include.name());
      } catch (IOException e) {
        throw new TemplateException(
            file, include.line(), include.name() + " cannot be used: " + e.getMessage());
      }
      if (included.isEmpty()) {
        throw new TemplateException(
            file, include.line(), include.name() + " (expected: a template that is there)");
      }
      template(included.get(), scope, depth + 1);
    }

    private void output(String file, Node.Output output, Scope scope) throws TemplateException {
      Value value = output.value().in(scope);
      if (value instanceof Value.Missing missing) {
        throw new TemplateException(
            file, output.line(), missing.name() + ": missing (expected: a value, or a default)");
      }
      String text =
          value instanceof Value.Many many
              ? String.join(" ", many.texts())
              : ((Value.Text) value).text();
      Optional<String> problem = escaping.problemOf(text);
      if (problem.isPresent()) {
        throw new TemplateException(file, output.line(), "a value " + problem.get());
      }
      boolean words =
          output.value() instanceof Expression.Filtered filtered
              && filtered.filter() == Filter.WORDS;
      out.append(words ? escaping.escapeWords(text) : escaping.escape(text));
    }
  }
}
