package io.sluice.server.root;

import io.sluice.server.os.Descriptor;
import io.sluice.server.os.FileStatus;
import io.sluice.server.os.SystemCallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the root is there. A folder that is empty, or is no mount point any more, is not taken
 * for the root that was there before: firmware gives up on 404, and comes back after 503. The root
 * is not kept open, so that it can be unmounted.
 */
final class RootStanding {
  private static final Logger LOG = LoggerFactory.getLogger(RootStanding.class);

  private final Path folder;
  private volatile @Nullable Seen seen;
  private volatile String obstacle = "";

  /** The root as it was when it was last there. */
  private record Seen(long device, long inode, boolean mounted) {}

  RootStanding(Path folder) {
    this.folder = folder;
  }

  /** Why it cannot be served, as it was when it was last looked at; empty when it can. */
  String obstacle() {
    return obstacle;
  }

  /**
   * Holds the root; closed by the caller.
   *
   * @throws RootGoneException when it is not there
   */
  Descriptor top() throws RootGoneException {
    Descriptor top;
    try {
      top = Descriptor.ofFolder(folder);
    } catch (SystemCallException e) {
      throw gone("cannot be opened (" + SystemCallException.name(e.errno()) + ")");
    }
    try {
      String missing = missing(top);
      if (missing.isEmpty()) {
        there();
        return top;
      }
      top.close();
      throw gone(missing);
    } catch (IOException e) {
      top.close();
      throw e instanceof RootGoneException known ? known : gone("cannot be read (" + e + ")");
    }
  }

  /** What is missing for this to be the root; empty when it is. */
  private String missing(Descriptor top) throws IOException {
    FileStatus status = top.status();
    Seen before = seen;
    if (before != null && before.device == status.device() && before.inode == status.inode()) {
      return "";
    }
    boolean mounted = top.isMountRoot();
    if (before != null && before.mounted && !mounted) {
      return "no file system is mounted there any more";
    }
    if (before != null && isEmpty(top)) {
      return "another folder is there, and it is empty";
    }
    seen = new Seen(status.device(), status.inode(), mounted);
    return "";
  }

  private static boolean isEmpty(Descriptor top) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(top.place())) {
      return !entries.iterator().hasNext();
    }
  }

  private RootGoneException gone(String why) {
    String message = "root: " + folder + ": " + why + " (expected: the folder that is served)";
    if (!message.equals(obstacle)) {
      obstacle = message;
      LOG.warn("{}; every file is 503 until it is there again", message);
    }
    return new RootGoneException(message);
  }

  private void there() {
    if (!obstacle.isEmpty()) {
      obstacle = "";
      LOG.info("root: {}: there again", folder);
    }
  }
}
