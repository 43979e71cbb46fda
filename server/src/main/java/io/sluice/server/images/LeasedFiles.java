package io.sluice.server.images;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The cache entries that are being sent, each open once and kept from eviction for as long. */
final class LeasedFiles {
  private final ConcurrentMap<CacheKey, OpenFile> open = new ConcurrentHashMap<>();

  /**
   * Opens an entry, or shares it with others that send it. Blocks.
   *
   * @param lease given back when the file is closed
   * @return holds one reference for the caller
   */
  OpenFile open(CacheKey key, Lease lease) throws IOException {
    try {
      return open.compute(
          key,
          (same, current) -> {
            if (current != null && current.tryRetain()) {
              lease.close();
              return current;
            }
            return new OpenFile(channel(lease), self -> closed(key, self, lease));
          });
    } catch (UncheckedIOException e) {
      lease.close();
      throw e.getCause();
    }
  }

  private void closed(CacheKey key, OpenFile file, Lease lease) {
    open.remove(key, file);
    lease.close();
  }

  private static FileChannel channel(Lease lease) {
    try {
      return FileChannel.open(lease.file(), StandardOpenOption.READ);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
