package io.sluice.server.root;

import io.sluice.server.os.Descriptor;
import io.sluice.server.os.KernelPath;
import io.sluice.server.os.SystemCallException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a path name by name, from a descriptor of one folder to a descriptor of the next, without
 * the kernel following any link. This is how names are held to the root where the kernel has no
 * openat2(2), and how links are followed that are absolute or leave the root and come back.
 */
final class LinkWalk implements AutoCloseable {
  private static final int FILE_TYPE_MASK = 0170000;
  private static final int LINK = 0120000;
  private static final int FOLDER = 0040000;

  /** As many as the kernel follows, see path_resolution(7). */
  private static final int MOST_LINKS = 40;

  private final Descriptor top;
  private final String root;

  /** The names that are still to be followed. */
  private final Deque<String> ahead = new ArrayDeque<>();

  /** The folders from the root down to where the walk is, that one first; without the root. */
  private final Deque<Descriptor> way = new ArrayDeque<>();

  private int links;

  /**
   * Begins in the root.
   *
   * @param top stays the caller's
   * @param root its path, free of links
   */
  LinkWalk(Descriptor top, String root) {
    this.top = top;
    this.root = root;
  }

  /**
   * Holds what a path leads to; closed by the caller.
   *
   * @param path from the root down
   */
  Descriptor to(String path) throws SystemCallException {
    followNext(path);
    while (!ahead.isEmpty()) {
      step(ahead.removeFirst());
    }
    return way.isEmpty() ? top.entry(".") : way.removeFirst();
  }

  private void step(String name) throws SystemCallException {
    if (name.isEmpty() || name.equals(".")) {
      return;
    }
    if (name.equals("..")) {
      goUp();
      return;
    }
    Descriptor next = (way.isEmpty() ? top : way.getFirst()).entry(name);
    int type;
    try {
      type = next.status().mode() & FILE_TYPE_MASK;
      if (type == LINK) {
        followLink(next.target());
      } else if (type != FOLDER && !ahead.isEmpty()) {
        throw new SystemCallException(name, SystemCallException.NOT_A_FOLDER);
      }
    } catch (SystemCallException e) {
      next.close();
      throw e;
    }
    if (type == LINK) {
      next.close();
    } else {
      way.addFirst(next);
    }
  }

  /** Above the root, the rest of the path has to lead into it again. */
  private void goUp() throws SystemCallException {
    if (!way.isEmpty()) {
      way.removeFirst().close();
      return;
    }
    String rest = String.join("/", ahead);
    ahead.clear();
    followLink(root.substring(0, Math.max(0, root.lastIndexOf('/'))) + "/" + rest);
  }

  private void followLink(@Nullable String target) throws SystemCallException {
    if (target == null) {
      throw new SystemCallException("link", SystemCallException.NO_ENTRY);
    }
    if (++links > MOST_LINKS) {
      throw new SystemCallException(target, SystemCallException.TOO_MANY_LINKS);
    }
    if (target.startsWith("/")) {
      String inside = inside(root, target + (ahead.isEmpty() ? "" : "/" + String.join("/", ahead)));
      ahead.clear();
      close();
      followNext(inside);
    } else {
      followNext(target);
    }
  }

  private void followNext(String path) {
    List<String> names = List.of(path.split("/", -1));
    for (int i = names.size() - 1; i >= 0; i--) {
      ahead.addFirst(names.get(i));
    }
  }

  /**
   * A path of the file system as one from the root down. What it says of links outside of the root
   * may have changed when this returns; it is followed again from the root.
   *
   * @throws SystemCallException when it does not lead into the root
   */
  static String inside(String root, String path) throws SystemCallException {
    String below = KernelPath.below(root, path);
    if (below != null) {
      return below;
    }
    try {
      below = KernelPath.below(root, Path.of(path).toRealPath().toString());
    } catch (IOException | InvalidPathException leadsNowhere) {
      // Nothing outside of the root is told apart.
    }
    if (below == null) {
      throw new SystemCallException(path, SystemCallException.LEAVES_FOLDER);
    }
    return below;
  }

  @Override
  public void close() {
    way.forEach(Descriptor::close);
    way.clear();
  }
}
