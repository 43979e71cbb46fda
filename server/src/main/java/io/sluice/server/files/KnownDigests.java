package io.sluice.server.files;

import io.sluice.server.root.FileIdentity;
import java.nio.file.Path;
import java.util.Optional;

/** The digests of files as far as they are known. */
@FunctionalInterface
public interface KnownDigests {
  /** Knows none. */
  KnownDigests NONE = (path, identity) -> Optional.empty();

  /**
   * The SHA-256 of a file that is about to be sent; does not wait for one to be computed.
   *
   * @param path where it is, free of symbolic links
   * @param identity what it is
   * @return 64 hexadecimal digits
   */
  Optional<String> sha256(Path path, FileIdentity identity);
}
