package io.sluice.server.transfer;

import java.io.IOException;

/**
 * The rest of a body cannot be sent for a reason on this side: a file became too short, or the
 * source of a part failed. The message is that of the cause.
 */
public final class BodySourceException extends IOException {
  private static final long serialVersionUID = 1L;

  BodySourceException(String message, Throwable cause) {
    super(message, cause);
  }

  BodySourceException(Throwable cause) {
    super(cause.getMessage(), cause);
  }
}
