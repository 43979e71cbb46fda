package io.sluice.server.root;

import java.nio.file.Path;

/** The boundary where the kernel has no openat2(2): names are followed one by one. */
class WalkedRootTest extends ServedRootTest {
  @Override
  ServedRoot rootAt(Path at) {
    return new ServedRoot(at, new KernelBoundary(at, false));
  }
}
