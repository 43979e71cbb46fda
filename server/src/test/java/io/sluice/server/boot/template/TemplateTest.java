package io.sluice.server.boot.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static final Vocabulary NAMES =
      new Vocabulary(Set.of("mac", "arch", "tags", "none"), Set.of("vars."));
  private static final Scope SCOPE =
      new Scope.Builder()
          .text("mac", "52:54:00:12:34:56")
          .text("arch", "x86_64")
          .text("none", "")
          .text("vars.args", "quiet splash")
          .text("vars.host", "a b/c")
          .many("tags", List.of("gpu", "rack:4"))
          .build();

  private static String render(String text, Escaping escaping) throws TemplateException {
    Template.Includes includes =
        name -> {
          try {
            return name.equals("part")
                ? Optional.of(Template.parse("part", "[{{ arch }}]\n", NAMES))
                : name.equals("self")
                    ? Optional.of(Template.parse("self", "{{ include \"self\" }}", NAMES))
                    : Optional.empty();
          } catch (TemplateException e) {
            throw new IllegalStateException(e);
          }
        };
    return Template.parse("t.ipxe", text, NAMES).render(SCOPE, escaping, includes);
  }

  private static String problem(String text) {
    return String.valueOf(
        assertThrows(TemplateException.class, () -> render(text, Escaping.IPXE)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{{ mac }};                                        52:54:00:12:34:56",
        "a{{mac}}b;                                        a52:54:00:12:34:56b",
        "{{ vars.x default \"y z\" }};                     y z",
        "{{ none default \"y\" }};                         y",
        "{{ vars.x default vars.y default arch }};         x86_64",
        "{{ vars.args default \"y\" }};                    quiet splash",
        "{{ vars.host | uri }};                            a%20b%2Fc",
        "{{ arch | upper | lower }};                       x86_64",
        "{{ arch | hex }};                                 78:38:36:5f:36:34",
        "{{ \"{{ }}\" }};                                  {{ }}",
        "{{ tags }};                                       gpu rack:4",
        "{{ if mac }}a{{ else }}b{{ end }};                a",
        "{{ if none }}a{{ else }}b{{ end }};               b",
        "{{ if vars.x }}a{{ end }}.;                       .",
        "{{ if not vars.x and mac }}a{{ end }};            a",
        "{{ if vars.x or mac }}a{{ end }};                 a",
        "{{ if not (vars.x or mac) }}a{{ end }}.;          .",
        "{{ if \"gpu\" in tags }}a{{ end }};               a",
        "{{ if \"cpu\" in tags }}a{{ end }}.;              .",
        "{{ if arch == \"x86_64\" }}a{{ end }};            a",
        "{{ if arch != \"x86_64\" }}a{{ end }}.;           .",
        "{{ if vars.x == none }}a{{ end }};                a",
        "{{ if vars.x }}a{{ elif arch }}b{{ else }}c{{ end }}; b",
        "{{ for t in tags }}<{{ t }}>{{ end }};            <gpu><rack:4>",
        "{{ for t in vars.x }}<{{ t }}>{{ end }}.;         .",
        "{{ for t in tags }}{{ if t == \"gpu\" }}{{ mac }}{{ end }}{{ end }}; 52:54:00:12:34:56",
        "a{{# mac \"}}b;                                   ab",
      })
  void tagsAreReplaced(String template, String text) throws TemplateException {
    assertEquals(text, render(template, Escaping.IPXE));
  }

  @Test
  void aLineWithOneSilentTagLeavesNoEmptyLine() throws TemplateException {
    String template =
        """
        #!ipxe
        {{# says who it is }}
          {{ if mac }}
        echo ${net0/mac} {{ mac }}
          {{ else }}
        echo nobody
        {{ end }}
        {{ include "part" }}
        {{ mac }}

        end {{ if arch }}x{{ end }}
        """;
    assertEquals(
        """
        #!ipxe
        echo ${net0/mac} 52:54:00:12:34:56
        [x86_64]
        52:54:00:12:34:56

        end x
        """,
        render(template, Escaping.IPXE));
    assertEquals("a\r\nb\r\n", render("a\r\n{{ if mac }}\r\nb\r\n{{ end }}\r\n", Escaping.IPXE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{{ mac;                       {{ (expected: }} after it)",
        "{{ max }};                    max (expected: a name that is known",
        "{{ vars. }};                  vars. (expected: a name that is known",
        "{{ }};                        end of the tag (expected: a name or text in quotes)",
        "{{ mac arch }};               arch (expected: the end of the tag)",
        "{{ mac | shout }};            shout (expected: a filter, one of uri, hex",
        "{{ mac ? }};                  ? (expected: a name, text in quotes",
        "{{ if mac }}x;                if or for (expected: an end after it)",
        "{{ end }};                    end, else or elif (expected: an if or for before it)",
        "{{ if mac }}{{ else }}{{ else }}{{ end }}; if or for (expected: an end after it)",
        "{{ for mac tags }}{{ end }};  for (expected: for NAME in NAMES)",
        "{{ include part }};           part (expected: the name of a template in quotes)",
        "{{ include \"nowhere\" }};    nowhere (expected: a template that is there)",
        "{{ vars.x }};                 vars.x: missing (expected: a value, or a default)",
        "{{ (mac }};                   end of the tag (expected: a closing parenthesis)",
        "{{ if default }}{{ end }};    default (expected: a name or text in quotes)",
      })
  void whatIsWrongIsNamedWithItsLine(String template, String problem) {
    String found = problem("#!ipxe\n\n" + template);
    assertTrue(found.startsWith("t.ipxe:3: " + problem), found);
  }

  @Test
  void aTemplateThatIncludesItselfIsRefused() {
    assertTrue(
        problem("{{ include \"self\" }}")
            .startsWith("self:1: self (expected: no template that includes itself)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nshell",
        "${net0/mac}",
        "a || shell",
        "a && shell",
        "x ; y",
        "# no",
        "a #b",
        "a\\",
        "price in $"
      })
  void aValueThatWouldBecomeACommandIsRefused(String value) throws TemplateException {
    Template template = Template.parse("t.ipxe", "\nset x {{ mac }}\n", NAMES);
    Scope scope = new Scope.Builder().text("mac", value).build();
    Exception e =
        assertThrows(
            TemplateException.class,
            () -> template.render(scope, Escaping.IPXE, name -> Optional.empty()));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("t.ipxe:2: a value holds"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "a b;       'a b'",
        "a-b_c/d:e; a-b_c/d:e",
        "it's;      'it'\\''s'",
        "$x;        '$x'",
      })
  void grubGetsQuotes(String value, String written) throws TemplateException {
    Scope scope = new Scope.Builder().text("mac", value).build();
    assertEquals(
        written,
        Template.parse("t", "{{ mac }}", NAMES)
            .render(scope, Escaping.GRUB, name -> Optional.empty()));
  }

  @Test
  void wordsAreWrittenOneByOneAndNoneBecomesACommand() throws TemplateException {
    String template = "linux {{ \"  quiet  a=$x; reboot \" | words }}";
    assertEquals("linux quiet 'a=$x;' reboot", render(template, Escaping.GRUB));
    assertEquals("linux ';' reboot", render("linux {{ \"; reboot\" | words }}", Escaping.GRUB));
    assertEquals("a b", render("{{ \"a  b\" | words }}", Escaping.PXELINUX));
    assertThrows(TemplateException.class, () -> render("{{ \"a || b\" | words }}", Escaping.IPXE));
  }

  @Test
  void whatIsWrongWithAnIncludedTemplateIsSaid() throws TemplateException {
    Template template = Template.parse("t", "\n{{ include \"u\" }}", NAMES);
    TemplateException wrong =
        assertThrows(
            TemplateException.class,
            () ->
                template.render(
                    SCOPE,
                    Escaping.IPXE,
                    name -> {
                      throw new IOException("u:7: nonsense");
                    }));
    assertEquals("t:2: u cannot be used: u:7: nonsense", wrong.getMessage());
  }

  @Test
  void whatATemplateSaysAboutItselfIsNotWritten() throws TemplateException {
    Template template = Template.parse("t", "{{ option timeout \"4h\" }}\nx\n", NAMES);
    assertEquals(Map.of("timeout", "4h"), template.options());
    assertFalse(template.isPlain());
    assertEquals("x\n", template.render(SCOPE, Escaping.IPXE, name -> Optional.empty()));
  }

  @Property
  void textWithoutTagsIsWrittenAsItStands(
      @ForAll
          @StringLength(max = 80)
          @CharRange(from = ' ', to = '~')
          @CharRange(from = '\n', to = '\r')
          String text)
      throws TemplateException {
    String plain = text.replaceAll("\\{+", "{");
    Template template = Template.parse("t", plain, NAMES);
    assertEquals(plain, template.render(SCOPE, Escaping.IPXE, name -> Optional.empty()));
    assertTrue(template.isPlain());
  }

  @Property
  void anyTextIsReadOrRefusedWithALine(
      @ForAll @StringLength(max = 60) @CharRange(from = '"', to = '}') String text) {
    try {
      Template.parse("t", text.replace("m", "{{ ").replace("n", " }}"), NAMES);
    } catch (TemplateException e) {
      assertTrue(String.valueOf(e.getMessage()).matches("(?s)t:\\d+: .*"), e.getMessage());
    }
  }
}
