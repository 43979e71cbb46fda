package io.sluice.server.files;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The bytes of small files that were asked for lately: the script that every machine of a rack asks
 * for is not opened and read for each of them. They are known by identity, and that is looked at
 * for each request, so that no answer is older than its file. Any thread.
 */
final class SmallFiles {
  /** Files kept; with {@link FileReply#LARGEST_IN_MEMORY} that is 4 MiB. */
  private static final int MOST = 256;

  private final Map<FileIdentity, byte[]> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FileIdentity, byte[]> eldest) {
          return size() > MOST;
        }
      };

  /** The bytes of a file, if they are here; not to be changed. */
  synchronized Optional<byte[]> find(FileIdentity identity) {
    return Optional.ofNullable(kept.get(identity));
  }

  /**
   * Keeps the bytes of a file.
   *
   * @param identity one that is sure to change with the bytes
   */
  synchronized void keep(FileIdentity identity, byte[] bytes) {
    kept.put(identity, bytes);
  }
}
