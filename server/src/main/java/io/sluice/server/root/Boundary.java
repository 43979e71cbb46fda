package io.sluice.server.root;

import java.io.IOException;
import java.util.Optional;

/** Follows names below a root, and never out of it. */
interface Boundary {
  /**
   * Holds what a path leads to.
   *
   * @param path from the root down, or from the root of the file system when it begins with a slash
   * @return empty when nothing is there, or it lies outside; closed by the caller
   * @throws RootGoneException when the root is not there
   * @throws IOException when the file system fails
   */
  Optional<HeldFile> hold(String path) throws IOException;

  /** Why the root cannot be served, as it was when it was last looked at; empty when it can. */
  String obstacle();
}
