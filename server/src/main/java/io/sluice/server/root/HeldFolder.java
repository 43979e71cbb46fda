package io.sluice.server.root;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder of the root in which files are made, renamed and deleted. What is done in it is done by
 * way of a descriptor of the folder, so that nothing is written elsewhere when the folder is
 * exchanged for a link. Blocks on the file system.
 *
 * @param root what the folder is held to
 * @param name of the folder in the root; it need not be there
 */
public record HeldFolder(ServedRoot root, String name) {
  /** Something that is done in a folder. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Does it.
     *
     * @param folder leads to the folder until this returns
     */
    T in(Path folder) throws IOException;
  }

  /**
   * Does something in the folder as it is now.
   *
   * @throws NoSuchFileException when the folder is not there, or leads out of the root
   */
  public <T> T within(Work<T> work) throws IOException {
    Optional<HeldFile> held = root.hold(name);
    return done(held.orElseThrow(() -> new NoSuchFileException(name)), work);
  }

  /** The same; makes the folder where it is not there. */
  public <T> T withinMade(Work<T> work) throws IOException {
    return done(root.makeFolder(name), work);
  }

  private static <T> T done(HeldFile held, Work<T> work) throws IOException {
    try (held) {
      return work.in(held.place());
    } catch (FileSystemException e) {
      throw named(e, held);
    }
  }

  /** With the path an operator knows, and not the number of a descriptor. */
  private static FileSystemException named(FileSystemException e, HeldFile held) {
    if (e.getFile() == null || !e.getFile().startsWith(held.place().toString())) {
      return e;
    }
    String file = held.path() + e.getFile().substring(held.place().toString().length());
    FileSystemException named =
        e instanceof NoSuchFileException
            ? new NoSuchFileException(file, null, e.getReason())
            : e instanceof AccessDeniedException
                ? new AccessDeniedException(file, null, e.getReason())
                : e instanceof FileAlreadyExistsException
                    ? new FileAlreadyExistsException(file, null, e.getReason())
                    : new FileSystemException(file, null, e.getReason());
    named.initCause(e);
    return named;
  }
}
