package io.sluice.server.machines;

/** A field of a document is not what it has to be. */
public final class FieldException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String field;

  /**
   * Names the field.
   *
   * @param field its name, with the names around it, such as {@code vars.kernel}
   * @param expected what it has to be
   */
  public FieldException(String field, String expected) {
    super(field + " (expected: " + expected + ")");
    this.field = field;
  }

  /**
   * Names the field and what it says.
   *
   * @param value what was given
   */
  public FieldException(String field, String value, String expected) {
    super(field + ": " + value + " (expected: " + expected + ")");
    this.field = field;
  }

  /** The name of the field. */
  public String field() {
    return field;
  }
}
