package io.sluice.server.transfer;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFileTest {
  @TempDir private Path folder;
  private final List<OpenFile> told = new ArrayList<>();

  private OpenFile open() throws IOException {
    Path path = Files.writeString(folder.resolve("file"), "0123456789");
    return new OpenFile(
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), told::add);
  }

  @Test
  void theLastReleaseClosesTheFileAndTellsItsOwner() throws IOException {
    OpenFile file = open();
    assertTrue(file.tryRetain());
    file.release();
    assertTrue(file.channel().isOpen());
    assertEquals(List.of(), told);
    file.release();
    assertFalse(file.channel().isOpen());
    assertEquals(List.of(file), told);
  }

  @Test
  void aClosedFileCannotBeTakenAgain() throws IOException {
    OpenFile file = open();
    file.release();
    assertFalse(file.tryRetain());
    assertEquals(0, file.refCnt());
  }

  @Test
  void aRegionHoldsTheFileUntilItIsReleased() throws IOException {
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    assertEquals(2, file.refCnt());
    region.release();
    assertEquals(1, file.refCnt());
    file.release();
  }

  @Test
  void aRegionWhoseFileHasBecomeTooShortSaysSoEvenIfItHasGrownAgain() throws IOException {
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    file.channel().truncate(2);
    Throwable cause =
        assertThrows(
            IOException.class,
            () -> region.transferTo(Channels.newChannel(new ByteArrayOutputStream()), 0));
    file.channel().write(ByteBuffer.allocate(10), 0);
    assertTrue(
        requireNonNull(region.failure(cause, true))
            .getMessage()
            .contains("cannot be read at offset 2"));
    region.release();
    file.release();
  }

  /** Netty looks at the length of the file when nothing was sent, whoever is to blame for that. */
  @Test
  void aFileThatWasCutBehindTheNextByteIsToldWhenTheSocketTakesNothing() throws IOException {
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    file.channel().truncate(4);
    WritableByteChannel full =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer bytes) {
            return 0;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    Throwable cause = assertThrows(IOException.class, () -> region.transferTo(full, 0));
    assertNotNull(region.failure(cause, true));
    region.release();
    file.release();
  }

  @Test
  void aWriteBeforeTheRegionThatFailsIsOfTheConnection() throws IOException {
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    assertNull(region.failure(new IOException("Connection reset by peer"), true));
    region.release();
    file.release();
  }

  @Test
  void aFailureOfTheFileIsToldFromOneOfTheConnectionByItsNumber() throws IOException {
    assumeTrue(Epoll.isAvailable(), "the numbers are those of native transports");
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    String told =
        requireNonNull(region.failure(new NativeIoException("sendfile(..)", -5), false))
            .getMessage();
    assertTrue(told.endsWith("cannot be read at offset 2: EIO"), told);
    for (int ofConnections : new int[] {-32, -104, -110, -113}) {
      assertNull(region.failure(new NativeIoException("sendfile(..)", ofConnections), false));
    }
    assertNull(region.failure(new ClosedChannelException(), true));
    region.release();
    file.release();
  }

  @Test
  void whereTheJdkSendsAFailureIsTheFilesOnlyWhenItCannotBeRead() throws IOException {
    OpenFile file = open();
    SharedFileRegion region = new SharedFileRegion(file, 2, 3);
    try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
      Throwable ofSocket = assertThrows(IOException.class, () -> region.transferTo(full, 0));
      assertNull(region.failure(ofSocket, true));
    }
    region.release();
    file.release();
  }
}
