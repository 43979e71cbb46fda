package io.sluice.server.derive.cache;

import java.io.IOException;

/** Nothing can be made, because there is no folder to keep it in; says why in one line. */
public final class NoCacheException extends IOException {
  private static final long serialVersionUID = 1L;

  NoCacheException(String message) {
    super(message);
  }
}
