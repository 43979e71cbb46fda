package io.sluice.server.transfer;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A region of a shared file. Only {@link DefaultFileRegion} and its subclasses take the native
 * {@code sendfile} path; the original closes its file when it is released, this one gives its
 * reference back.
 */
final class SharedFileRegion extends DefaultFileRegion {
  /**
   * What sendfile(2) and splice(2) say of files, and never of sockets; see errno(3). The numbers
   * are those of x86_64 and aarch64.
   */
  private static final Map<Integer, String> OF_FILES =
      Map.of(
          5,
          "EIO",
          6,
          "ENXIO",
          61,
          "ENODATA",
          74,
          "EBADMSG",
          75,
          "EOVERFLOW",
          116,
          "ESTALE",
          117,
          "EUCLEAN",
          121,
          "EREMOTEIO");

  private final OpenFile file;

  /** What this region failed with where the JDK sends it. */
  private @Nullable IOException own;

  /** A write that failed at the socket, where the JDK throws the same as for the file. */
  private static final class SocketFailure extends IOException {
    private static final long serialVersionUID = 1L;

    SocketFailure(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Takes a reference of the file, which is given back when the region is released. */
  SharedFileRegion(OpenFile file, long offset, long length) {
    super(file.channel(), offset, length);
    this.file = file;
    file.retain();
  }

  /**
   * What is wrong with the file, as far as a failed write of this region says so: it cannot be
   * read, or has become too short.
   *
   * @param cause what the write failed with
   * @param byJdk whether no native transport sends: then what was written before this region may
   *     have failed with the same
   * @return null when it was not the file that failed, but the connection
   */
  @Nullable BodySourceException failure(Throwable cause, boolean byJdk) {
    String why;
    if (cause instanceof NativeIoException number) {
      why = OF_FILES.get(Math.abs(number.expectedErr()));
    } else {
      // Of connections, the native transports throw what is above, channels ClosedChannelException,
      // and transferTo a SocketFailure. What is left is Netty's word for a file that was cut, and
      // the JDK's for one that cannot be read.
      boolean told = cause.getClass() == IOException.class && (!byJdk || cause == own);
      why = told ? cause.getMessage() : null;
    }
    return why == null
        ? null
        : new BodySourceException(
            file.name() + ": cannot be read at offset " + (position() + transferred()) + ": " + why,
            cause);
  }

  /** Called where no native transport sends: the JDK does not tell which side has failed. */
  @Override
  public long transferTo(WritableByteChannel target, long from) throws IOException {
    try {
      return super.transferTo(target, from);
    } catch (IOException e) {
      if (e.getClass() == IOException.class && isSound(from)) {
        throw new SocketFailure(e);
      }
      own = e;
      throw e;
    }
  }

  /**
   * Whether the file still has all of this region, and the byte that is next can be read. Netty
   * says of a socket that takes nothing that the file was cut, and in front of the cut.
   */
  private boolean isSound(long from) {
    try {
      return file.channel().size() >= position() + count()
          && file.channel().read(ByteBuffer.allocate(1), position() + from) > 0;
    } catch (IOException unreadable) {
      return false;
    }
  }

  @Override
  protected void deallocate() {
    file.release();
  }
}
