package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Takes Linux 5.12 and a sandbox that lets openat2(2) through. */
public class CachedStatTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void aFile() throws IOException {
    file = Files.writeString(folder.resolve("file"), "0123456789");
  }

  /**
   * A link that was followed since it was made. The first to follow a new link has the time of that
   * noted in it (relatime, see mount(8)), and for that the kernel might have to wait.
   */
  public static Path followedLink(Path link, Path target) throws IOException {
    Files.createSymbolicLink(link, target);
    Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(null, FileTime.from(Instant.now().plus(Duration.ofHours(1))), null);
    return link;
  }

  private static FileStatus byJdk(Path path) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:*");
    return new FileStatus(
        (long) attributes.get("dev"),
        (long) attributes.get("ino"),
        (long) attributes.get("size"),
        (FileTime) attributes.get("lastModifiedTime"),
        (FileTime) attributes.get("ctime"),
        (int) attributes.get("mode"));
  }

  @Test
  void itSeesWhatTheJdkSees() throws IOException {
    FileStatus seen = new CachedStat(file).look();
    assertNotNull(seen);
    assertEquals(byJdk(file), seen);
  }

  @Test
  void timesHaveNanosecondsAndMayBeLongAgo() throws IOException {
    for (String time : new String[] {"2020-01-01T00:00:00.123456789Z", "1960-05-06T07:08:09.1Z"}) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
      assertEquals(byJdk(file), new CachedStat(file).look());
    }
  }

  @Test
  void aChangeIsSeen() throws IOException {
    CachedStat glance = new CachedStat(file);
    FileStatus before = glance.look();
    Files.writeString(file, "other bytes");
    FileStatus after = glance.look();
    assertNotNull(after);
    assertFalse(after.equals(before));
    assertEquals(byJdk(file), after);
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path link = followedLink(folder.resolve("link"), Path.of("file"));
    assertEquals(byJdk(file), new CachedStat(link).look());
    Files.delete(link);
    Path other = Files.writeString(folder.resolve("other"), "x");
    followedLink(link, other);
    assertEquals(byJdk(other), new CachedStat(link).look());
  }

  @Test
  void whatIsNoFileIsNot() {
    FileStatus seen = new CachedStat(folder).look();
    assertNotNull(seen);
    assertEquals(040000, seen.mode() & 0170000, "S_IFDIR");
  }

  @Test
  void namesNeedNotBeAscii() throws IOException {
    Path named = Files.writeString(folder.resolve("d\u00fcse-\u6728.ipxe"), "x");
    assertEquals(byJdk(named), new CachedStat(named).look());
  }

  @Test
  void nothingIsSeenWhereNothingIs() throws IOException {
    Files.delete(file);
    assertNull(new CachedStat(file).look());
    assertNull(new CachedStat(file.resolve("below")).look());
  }

  @Test
  void aPathMayBeTooLong() {
    assertNull(new CachedStat(Path.of("/" + "a/".repeat(2048))).look());
    assertNull(new CachedStat(Path.of("/" + "a/".repeat(2047))).look());
  }
}
