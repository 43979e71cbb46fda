package io.sluice.server.root;

import io.sluice.server.os.RoomProbe;
import java.nio.file.Path;

/** What a failed write means. */
public final class FullDisk {
  private FullDisk() {}

  /** Whether there is no room in a folder, on its file system or within a quota. Blocks. */
  public static boolean isFull(Path folder) {
    return RoomProbe.isFull(folder);
  }
}
