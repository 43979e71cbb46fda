package io.sluice.server.boot.template;

/** A template that cannot be read or rendered; says where and why in one line. */
public final class TemplateException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Names the place.
   *
   * @param file name of the template
   * @param line from 1
   * @param problem what is wrong and what was expected
   */
  TemplateException(String file, int line, String problem) {
    super(file + ":" + line + ": " + problem);
  }
}
