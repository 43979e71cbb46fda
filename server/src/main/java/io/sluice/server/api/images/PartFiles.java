package io.sluice.server.api.images;

import io.sluice.server.api.resource.NamePage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Half images on the disk: for each a hidden file with what has come, so that it is not served, and
 * one that says what it belongs to. Without the latter the former belongs to no upload. Blocks.
 *
 * @param folder need not be there
 */
record PartFiles(Path folder) {
  private static final String DATA = ".upload";
  private static final String NOTE = ".upload.json";
  private static final String NEXT = ".next";

  /**
   * A half image.
   *
   * @param name of the image
   * @param received how many bytes of it can be relied on
   * @param changed when something came last
   */
  record Part(String name, UploadNote note, long received, Instant changed) {}

  /** Where what has come of an image lies, or would. */
  Path data(String name) {
    return folder.resolve("." + name + DATA);
  }

  private Path note(String name) {
    return folder.resolve("." + name + NOTE);
  }

  /** What has come of an image, if anything is known to have. */
  Optional<Part> find(String name) throws IOException {
    try {
      UploadNote note = UploadNote.read(Files.readAllBytes(note(name)));
      if (note == null) {
        return Optional.empty();
      }
      long received = note.reliable(Files.size(data(name)));
      Instant changed = Files.getLastModifiedTime(data(name)).toInstant();
      return Optional.of(new Part(name, note, received, changed));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  /**
   * Begins a new file for what comes; a file of before, even one that is still being written, is no
   * part of it.
   */
  FileChannel begin(String name, UploadNote note) throws IOException {
    Files.createDirectories(folder);
    remove(name);
    FileChannel file =
        FileChannel.open(data(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      write(name, note);
      return file;
    } catch (IOException e) {
      file.close();
      remove(name);
      throw e;
    }
  }

  /** Opens a file to go on at a place; what was behind it is no more. */
  FileChannel goOn(String name, long start) throws IOException {
    FileChannel file = FileChannel.open(data(name), StandardOpenOption.WRITE);
    try {
      return file.truncate(start);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Says what a part belongs to; takes the place of what was said before at once or not at all. */
  void write(String name, UploadNote note) throws IOException {
    Path next = folder.resolve("." + name + NOTE + NEXT);
    writeSynced(next, note.json());
    Files.move(next, note(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Writes a whole file that is on the disk when this returns. */
  static void writeSynced(Path file, byte[] bytes) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        out.write(left);
      }
      out.force(true);
    }
  }

  /** Forgets a part; the note goes first, so that what is left belongs to no upload. */
  void remove(String name) throws IOException {
    Files.deleteIfExists(note(name));
    Files.deleteIfExists(data(name));
  }

  /** The part has become an image. */
  void published(String name) throws IOException {
    Files.deleteIfExists(note(name));
  }

  /** Bytes that the file of a part, if there is one, gives back when it goes. */
  long size(String name) throws IOException {
    return Files.exists(data(name)) ? Files.size(data(name)) : 0;
  }

  /** The names of the images of which a part is there, in their order. */
  NamePage names(String after, int limit) throws IOException {
    return NamePage.of(folder, "." + "*" + NOTE, PartFiles::imageOfNote, after, limit);
  }

  private static @Nullable String imageOfNote(String file) {
    return file.substring(1, file.length() - NOTE.length());
  }

  /**
   * Deletes every part, and what is left of one, to which nothing was added for long.
   *
   * @param since a time
   * @param kept names of images whose parts are left alone
   * @return how many were deleted
   */
  int expire(Instant since, Predicate<String> kept) throws IOException {
    int deleted = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, ".*{" + DATA + "," + NOTE + "," + NOTE + NEXT + "}")) {
      for (Path file : files) {
        String name = imageOf(String.valueOf(file.getFileName()));
        if (!kept.test(name) && isOld(name, file, since)) {
          deleted += Files.deleteIfExists(file) && file.equals(data(name)) ? 1 : 0;
        }
      }
    } catch (NoSuchFileException none) {
      return 0;
    }
    return deleted;
  }

  private static String imageOf(String file) {
    for (String end : new String[] {NOTE + NEXT, NOTE, DATA}) {
      if (file.endsWith(end)) {
        return file.substring(1, file.length() - end.length());
      }
    }
    return "";
  }

  /** Notes are written when an upload begins; the bytes tell how long ago it stopped. */
  private boolean isOld(String name, Path file, Instant since) throws IOException {
    Path told = Files.exists(data(name)) ? data(name) : file;
    try {
      return Files.getLastModifiedTime(told).toInstant().isBefore(since)
          && Files.getLastModifiedTime(file).toInstant().isBefore(since);
    } catch (NoSuchFileException gone) {
      return false;
    }
  }
}
