package io.sluice.server.qcow2;

import java.io.IOException;

/**
 * An image that is not read, found out while opening it. The message is one line that names what is
 * wrong and what was expected, and nothing of the machine but names the image itself holds.
 */
public final class RefusedImageException extends IOException {
  private static final long serialVersionUID = 1;

  private RefusedImageException(String message) {
    super(message);
  }

  /** Refuses {@code what: value (expected: expected)}. */
  public static RefusedImageException of(String what, Object value, String expected) {
    return new RefusedImageException(
        what + ": " + PlainText.of(String.valueOf(value)) + " (expected: " + expected + ")");
  }

  /** The same refusal, of a file the image leans on. */
  RefusedImageException in(String file) {
    return new RefusedImageException(file + ": " + getMessage());
  }
}
