package io.sluice.server.files;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Takes Linux 5.12 and a sandbox that lets openat2(2) through. */
class CachedStatTest {
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
  static Path followedLink(Path link, Path target) throws IOException {
    Files.createSymbolicLink(link, target);
    Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(null, FileTime.from(Instant.now().plus(Duration.ofHours(1))), null);
    return link;
  }

  @Test
  void itSeesWhatTheJdkSees() throws IOException {
    FileIdentity seen = new CachedStat(file).identity();
    assertNotNull(seen);
    assertEquals(FileIdentity.of(file), seen);
    assertEquals(FileIdentity.of(file).tag(), seen.tag());
  }

  @Test
  void timesHaveNanosecondsAndMayBeLongAgo() throws IOException {
    for (String time : new String[] {"2020-01-01T00:00:00.123456789Z", "1960-05-06T07:08:09.1Z"}) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
      assertEquals(FileIdentity.of(file), new CachedStat(file).identity());
    }
  }

  @Test
  void aChangeIsSeen() throws IOException {
    CachedStat glance = new CachedStat(file);
    FileIdentity before = glance.identity();
    Files.writeString(file, "other bytes");
    FileIdentity after = glance.identity();
    assertNotNull(after);
    assertFalse(after.equals(before));
    assertEquals(FileIdentity.of(file), after);
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path link = followedLink(folder.resolve("link"), Path.of("file"));
    assertEquals(FileIdentity.of(file), new CachedStat(link).identity());
    Files.delete(link);
    Path other = Files.writeString(folder.resolve("other"), "x");
    followedLink(link, other);
    assertEquals(FileIdentity.of(other), new CachedStat(link).identity());
  }

  @Test
  void whatIsNoFileIsNot() {
    FileIdentity seen = new CachedStat(folder).identity();
    assertNotNull(seen);
    assertFalse(seen.regular());
  }

  @Test
  void namesNeedNotBeAscii() throws IOException {
    Path named = Files.writeString(folder.resolve("d\u00fcse-\u6728.ipxe"), "x");
    assertEquals(FileIdentity.of(named), new CachedStat(named).identity());
  }

  @Test
  void nothingIsSeenWhereNothingIs() throws IOException {
    Files.delete(file);
    assertNull(new CachedStat(file).identity());
    assertNull(new CachedStat(file.resolve("below")).identity());
  }

  @Test
  void aPathMayBeTooLong() {
    assertNull(new CachedStat(Path.of("/" + "a/".repeat(2048))).identity());
    assertNull(new CachedStat(Path.of("/" + "a/".repeat(2047))).identity());
  }
}
