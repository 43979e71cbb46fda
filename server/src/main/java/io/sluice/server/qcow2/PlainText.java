package io.sluice.server.qcow2;

/** Text out of an image, fit for one line of a message. */
final class PlainText {
  private static final int LONGEST = 200;

  private PlainText() {}

  /** The text without control characters, cut when it is long. */
  static String of(String text) {
    StringBuilder plain = new StringBuilder();
    text.codePoints()
        .limit(LONGEST)
        .map(c -> Character.isISOControl(c) || !Character.isDefined(c) || isBreak(c) ? '?' : c)
        .forEach(plain::appendCodePoint);
    return text.codePointCount(0, text.length()) > LONGEST ? plain + "..." : plain.toString();
  }

  private static boolean isBreak(int c) {
    int type = Character.getType(c);
    return type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.FORMAT
        || type == Character.SURROGATE;
  }
}
