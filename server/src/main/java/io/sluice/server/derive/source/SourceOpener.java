package io.sluice.server.derive.source;

import java.io.IOException;

/** Opens a source when its turn has come. */
@FunctionalInterface
public interface SourceOpener {
  /**
   * Opens it; blocks.
   *
   * @return closed by the caller
   * @throws IOException when it cannot be opened any more
   */
  DiskSource open() throws IOException;
}
