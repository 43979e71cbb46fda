package io.sluice.server.api.images;

import io.sluice.server.api.resource.NamePage;
import io.sluice.server.root.HeldFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Half images on the disk: for each a hidden file with what has come, so that it is not served, and
 * one that says what it belongs to. Without the latter the former belongs to no upload. Blocks.
 *
 * @param images need not be there
 */
record PartFiles(HeldFolder images) {
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

  /** The name of the file with what has come of an image. */
  private static String data(String name) {
    return "." + name + DATA;
  }

  private static String note(String name) {
    return "." + name + NOTE;
  }

  /** What has come of an image, if anything is known to have. */
  Optional<Part> find(String name) throws IOException {
    try {
      return images.within(
          folder -> {
            UploadNote note = UploadNote.read(Files.readAllBytes(folder.resolve(note(name))));
            if (note == null) {
              return Optional.empty();
            }
            Path data = folder.resolve(data(name));
            long received = note.reliable(Files.size(data));
            Instant changed = Files.getLastModifiedTime(data).toInstant();
            return Optional.of(new Part(name, note, received, changed));
          });
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  /**
   * Begins a new file for what comes; a file of before, even one that is still being written, is no
   * part of it.
   */
  FileChannel begin(String name, UploadNote note) throws IOException {
    return images.withinMade(
        folder -> {
          remove(folder, name);
          FileChannel file =
              FileChannel.open(
                  folder.resolve(data(name)),
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE);
          try {
            write(folder, name, note);
            return file;
          } catch (IOException e) {
            file.close();
            remove(folder, name);
            throw e;
          }
        });
  }

  /** Opens a file to go on at a place; what was behind it is no more. */
  FileChannel goOn(String name, long start) throws IOException {
    FileChannel file =
        images.within(
            folder ->
                FileChannel.open(
                    folder.resolve(data(name)),
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS));
    try {
      return file.truncate(start);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Opens what has come of an image for reading. */
  FileChannel read(String name) throws IOException {
    return images.within(
        folder ->
            FileChannel.open(
                folder.resolve(data(name)), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /** Says what a part belongs to; takes the place of what was said before at once or not at all. */
  void write(String name, UploadNote note) throws IOException {
    images.within(
        folder -> {
          write(folder, name, note);
          return name;
        });
  }

  private static void write(Path folder, String name, UploadNote note) throws IOException {
    Path next = folder.resolve(note(name) + NEXT);
    writeSynced(next, note.json());
    Files.move(next, folder.resolve(note(name)), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Writes a whole file that is on the disk when this returns. */
  private static void writeSynced(Path file, byte[] bytes) throws IOException {
    Files.deleteIfExists(file);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        out.write(left);
      }
      out.force(true);
    }
  }

  /** Forgets a part; the note goes first, so that what is left belongs to no upload. */
  void remove(String name) throws IOException {
    try {
      images.within(
          folder -> {
            remove(folder, name);
            return name;
          });
    } catch (NoSuchFileException none) {
      // Then there is none to forget.
    }
  }

  private static void remove(Path folder, String name) throws IOException {
    Files.deleteIfExists(folder.resolve(note(name)));
    Files.deleteIfExists(folder.resolve(data(name)));
  }

  /**
   * Gives what has come the name of the image, whose place it takes, on the disk as well.
   *
   * @return what it was before it got its name
   */
  BasicFileAttributes publish(String name) throws IOException {
    return images.within(
        folder -> {
          Path data = folder.resolve(data(name));
          BasicFileAttributes came = Files.readAttributes(data, BasicFileAttributes.class);
          Files.move(data, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
          Files.deleteIfExists(folder.resolve(note(name)));
          try (FileChannel synced = FileChannel.open(folder, StandardOpenOption.READ)) {
            synced.force(true);
          }
          return came;
        });
  }

  /** Bytes that the file of a part, if there is one, gives back when it goes. */
  long size(String name) throws IOException {
    try {
      return images.within(folder -> Files.size(folder.resolve(data(name))));
    } catch (NoSuchFileException none) {
      return 0;
    }
  }

  /** The names of the images of which a part is there, in their order. */
  NamePage names(String after, int limit) throws IOException {
    try {
      return images.within(
          folder -> NamePage.of(folder, ".*" + NOTE, PartFiles::imageOfNote, after, limit));
    } catch (NoSuchFileException none) {
      return new NamePage(List.of(), Optional.empty());
    }
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
    try {
      return images.within(folder -> expire(folder, since, kept));
    } catch (NoSuchFileException none) {
      return 0;
    }
  }

  private static int expire(Path folder, Instant since, Predicate<String> kept) throws IOException {
    int deleted = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, ".*{" + DATA + "," + NOTE + "," + NOTE + NEXT + "}")) {
      for (Path file : files) {
        String name = imageOf(String.valueOf(file.getFileName()));
        Path data = folder.resolve(data(name));
        if (!kept.test(name) && isOld(data, file, since)) {
          deleted += Files.deleteIfExists(file) && file.equals(data) ? 1 : 0;
        }
      }
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
  private static boolean isOld(Path data, Path file, Instant since) throws IOException {
    Path told = Files.exists(data) ? data : file;
    try {
      return Files.getLastModifiedTime(told).toInstant().isBefore(since)
          && Files.getLastModifiedTime(file).toInstant().isBefore(since);
    } catch (NoSuchFileException gone) {
      return false;
    }
  }
}
