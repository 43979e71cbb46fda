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
    FileStatus seen = new CachedStat(folder, "file").look();
    assertNotNull(seen);
    assertEquals(byJdk(file), seen);
  }

  @Test
  void timesHaveNanosecondsAndMayBeLongAgo() throws IOException {
    for (String time : new String[] {"2020-01-01T00:00:00.123456789Z", "1960-05-06T07:08:09.1Z"}) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
      assertEquals(byJdk(file), new CachedStat(folder, "file").look());
    }
  }

  @Test
  void aChangeIsSeen() throws IOException {
    CachedStat glance = new CachedStat(folder, "file");
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
    assertEquals(byJdk(file), new CachedStat(folder, "link").look());
    Files.delete(link);
    Path other = Files.writeString(folder.resolve("other"), "x");
    followedLink(link, Path.of("other"));
    assertEquals(byJdk(other), new CachedStat(folder, "link").look());
  }

  @Test
  void nothingIsSeenThatLiesOutsideOrThatADotHides() throws IOException {
    Path below = Files.createDirectories(folder.resolve("below/.hidden")).getParent();
    Files.writeString(below.resolve(".hidden/file"), "x");
    followedLink(below.resolve("up"), Path.of("../file"));
    followedLink(below.resolve("absolute"), file);
    followedLink(below.resolve("shown"), Path.of(".hidden"));
    followedLink(below.resolve("fine"), Path.of("plain"));
    Path plain = Files.writeString(below.resolve("plain"), "x");
    assertNull(new CachedStat(below, "up").look());
    assertNull(new CachedStat(below, "absolute").look());
    assertNull(new CachedStat(below, "shown/file").look());
    assertNull(new CachedStat(below, "../file").look());
    assertEquals(byJdk(plain), new CachedStat(below, "fine").look());
  }

  @Test
  void whatIsNoFileIsNot() {
    FileStatus seen = new CachedStat(folder, ".").look();
    assertNotNull(seen);
    assertEquals(040000, seen.mode() & 0170000, "S_IFDIR");
  }

  @Test
  void namesNeedNotBeAscii() throws IOException {
    Path named = Files.writeString(folder.resolve("d\u00fcse-\u6728.ipxe"), "x");
    assertEquals(byJdk(named), new CachedStat(folder, String.valueOf(named.getFileName())).look());
  }

  @Test
  void nothingIsSeenWhereNothingIs() throws IOException {
    Files.delete(file);
    assertNull(new CachedStat(folder, "file").look());
    assertNull(new CachedStat(folder, "file/below").look());
  }

  @Test
  void aPathMayBeTooLong() {
    assertNull(new CachedStat(folder, "a/".repeat(2048)).look());
    assertNull(new CachedStat(folder, "a/".repeat(2047)).look());
  }
}
