package io.sluice.server.config;

import java.io.IOException;

/** A setting with which no server can start, however often it is tried: bad configuration. */
public final class UnusableSettingException extends IOException {
  private static final long serialVersionUID = 1;

  /** With a message for the operator that names the setting, its value and what was expected. */
  public UnusableSettingException(String message) {
    super(message);
  }

  /** With the message of a cause that was written for the operator. */
  public UnusableSettingException(IOException explained) {
    super(explained.getMessage(), explained);
  }

  public UnusableSettingException(String message, Throwable cause) {
    super(message, cause);
  }
}
