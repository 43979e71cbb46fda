package io.sluice.server.api.resource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bearer tokens of the API: one in each line of a file, with or without a name and a colon
 * before it. The name goes into the history of what is changed with the token. A line as it stands
 * is taken for the token, too: a token without a name may have a colon in it.
 */
final class ApiTokens {
  private static final int SHORTEST = 16;
  private static final int MOST = 1000;

  /** More than that many tokens are, in bytes. */
  private static final int LARGEST = 1024 * 1024;

  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{" + SHORTEST + ",}");
  private static final Pattern NAMED =
      Pattern.compile("([A-Za-z0-9_][A-Za-z0-9._@-]{0,62}):([\\x21-\\x7e]{" + SHORTEST + ",})");

  @SuppressWarnings("ArrayRecordComponent")
  private record Token(String name, byte[] text) {}

  private final List<Token> tokens;

  private ApiTokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads the tokens. Lines that are empty or begin with {@code #} are passed over.
   *
   * @throws IOException when the file does not hold any, with a message for the operator that
   *     quotes nothing of it
   */
  static ApiTokens read(Path file) throws IOException {
    List<String> lines;
    try {
      lines = text(file).lines().map(String::strip).toList();
    } catch (IOException e) {
      throw new IOException(
          "api-token-file: " + file + " (expected: a file that can be read; " + e + ")", e);
    }
    List<Token> tokens = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher named = NAMED.matcher(line);
      if (!TOKEN.matcher(line).matches()) {
        throw wrong(
            file,
            "one line of at least "
                + SHORTEST
                + " printable characters, or several, each with NAME: before it; not line "
                + (i + 1));
      }
      String name = named.matches() ? named.group(1) : "";
      if (!name.isEmpty() && !names.add(name)) {
        throw wrong(file, "each name once; " + name + " is there again in line " + (i + 1));
      }
      tokens.add(new Token(name, bytes(line)));
      if (!name.isEmpty()) {
        tokens.add(new Token(name, bytes(named.group(2))));
      }
    }
    if (tokens.isEmpty() || tokens.size() > MOST) {
      throw wrong(file, "one token at least, and at most " + MOST / 2);
    }
    return new ApiTokens(tokens);
  }

  /** All of a file; not what stands in the way for ever, as a pipe does. */
  private static String text(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("no regular file is there");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
    }
  }

  private static IOException wrong(Path file, String expected) {
    return new IOException("api-token-file: " + file + " (expected: " + expected + ")");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether these are the same tokens, in the same order. */
  boolean isSameAs(ApiTokens others) {
    boolean same = tokens.size() == others.tokens.size();
    for (int i = 0; same && i < tokens.size(); i++) {
      Token mine = tokens.get(i);
      Token other = others.tokens.get(i);
      same = mine.name().equals(other.name()) && MessageDigest.isEqual(mine.text(), other.text());
    }
    return same;
  }

  /** The name of a token, which may be none; empty when there is no such token. */
  Optional<String> name(String candidate) {
    byte[] text = bytes(candidate);
    Optional<String> found = Optional.empty();
    // All are compared, so that the time tells nothing.
    for (Token token : tokens) {
      if (MessageDigest.isEqual(text, token.text())) {
        found = Optional.of(token.name());
      }
    }
    return found;
  }
}
