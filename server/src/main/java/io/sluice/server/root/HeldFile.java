package io.sluice.server.root;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What a name below the root led to, file or folder, held: whatever becomes of the name, this stays
 * the same file. Blocks on the file system.
 */
public interface HeldFile extends AutoCloseable {
  /** Where it is, free of symbolic links, from the root of the file system. */
  Path path();

  /** Where it is, free of symbolic links, from the served root down; empty for the root itself. */
  String below();

  /** What it is now. */
  FileIdentity identity() throws IOException;

  /** Opens it for reading; the channel stays open when this is closed. */
  FileChannel read() throws IOException;

  /**
   * A path that leads here, whatever the names are, until this is closed: what is resolved against
   * it begins in this folder.
   */
  Path place();

  /** Whether no name on the way from the root begins with a dot. */
  default boolean isShown() {
    return !below().startsWith(".") && !below().contains("/.");
  }

  @Override
  void close();
}
