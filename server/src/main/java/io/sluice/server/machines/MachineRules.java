package io.sluice.server.machines;

import java.util.regex.Pattern;

/** What the parts of a machine may look like. */
public final class MachineRules {
  /** How a name is described in messages. */
  public static final String NAME_EXPECTED =
      "1 to 63 letters, digits, dots, hyphens and underscores, not beginning with a dot or hyphen";

  private static final int LONGEST_NAME = 63;
  private static final Pattern HOSTNAME =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
  private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+@~-]{0,199}");

  /** A line of {@code authorized_keys} without options; the blob begins with the type again. */
  private static final Pattern SSH_KEY =
      Pattern.compile(
          "(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{3,60} AAAA[A-Za-z0-9+/]{40,11000}={0,2}(?: [^\\p{Cntrl}]{0,200})?");

  private MachineRules() {}

  /** Whether this may name a machine or a profile. */
  public static boolean isName(String text) {
    return isShort(text) && isWord(text.charAt(0)) && hasOnly(text, "._-");
  }

  /** Whether this may be a tag. */
  public static boolean isTag(String text) {
    return isShort(text) && isWord(text.charAt(0)) && hasOnly(text, "._:/-");
  }

  /** Whether this may name a variable, so that templates can name it. */
  static boolean isVariable(String text) {
    return isShort(text)
        && isWord(text.charAt(0))
        && !Character.isDigit(text.charAt(0))
        && hasOnly(text, "_-");
  }

  /** Whether this is a host name (RFC 1123 §2.1). */
  static boolean isHostname(String text) {
    return HOSTNAME.matcher(text).matches();
  }

  /** Whether this may be the file name of an image. */
  public static boolean isImage(String text) {
    return IMAGE.matcher(text).matches();
  }

  /** Whether this is a public key as OpenSSH writes it (sshd(8), AUTHORIZED_KEYS). */
  static boolean isSshKey(String text) {
    return SSH_KEY.matcher(text).matches();
  }

  /** Whether this is one line of text of a bearable length. */
  public static boolean isLine(String text, int longest) {
    return text.length() <= longest && text.chars().noneMatch(Character::isISOControl);
  }

  private static boolean isShort(String text) {
    return !text.isEmpty() && text.length() <= LONGEST_NAME;
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  /** Without a pattern: every record that is looked at has some dozens of names. */
  private static boolean hasOnly(String text, String others) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isWord(c) && others.indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }
}
