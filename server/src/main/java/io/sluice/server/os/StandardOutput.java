package io.sluice.server.os;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Standard output, for one writer alone. The virtual machine prints there, too, dumps of threads at
 * SIGQUIT and warnings for instance, by the number of the descriptor. That number leads to standard
 * error while the writer has the output under another. Where the C library cannot be called, both
 * share it as ever.
 */
public final class StandardOutput implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(StandardOutput.class);
  private static final int OUTPUT = 1;
  private static final int ERROR = 2;

  /** The first number that means nothing by itself. */
  private static final int FIRST_FREE = 3;

  private static final int NONE = -1;

  private final FileChannel channel;

  /** What the output has now, or {@link #NONE} when that is what it always has. */
  private final int moved;

  private StandardOutput(FileChannel channel, int moved) {
    this.channel = channel;
    this.moved = moved;
  }

  /** Takes it, until {@link #close}. */
  @SuppressWarnings("resource") // The channel closes the stream.
  public static StandardOutput take() {
    if (LibC.LOADED && isWritable()) {
      int number = LibC.fcntl(OUTPUT, LibC.DUPLICATE, FIRST_FREE);
      if (number != NONE) {
        try {
          FileChannel channel = new FileOutputStream(descriptor(number)).getChannel();
          if (LibC.dup2(ERROR, OUTPUT) != NONE) {
            return new StandardOutput(channel, number);
          }
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
          LOG.debug("the JDK takes no number of a descriptor", e);
        }
        LibC.close(number);
      }
    }
    return new StandardOutput(new FileOutputStream(FileDescriptor.out).getChannel(), NONE);
  }

  /**
   * Where a process begins without the output, the number is of something else that it has opened,
   * such as its own jar.
   */
  private static boolean isWritable() {
    int how = LibC.fcntl(OUTPUT, LibC.HOW_OPEN, 0);
    return how >= 0 && (how & LibC.ACCESS) != 0;
  }

  /** Java has no call for it: the manifest of the jar opens the class that knows its number. */
  private static FileDescriptor descriptor(int number) throws ReflectiveOperationException {
    FileDescriptor descriptor = new FileDescriptor();
    Field field = FileDescriptor.class.getDeclaredField("fd");
    field.setAccessible(true);
    field.setInt(descriptor, number);
    return descriptor;
  }

  /** Where to write. */
  public FileChannel channel() {
    return channel;
  }

  /** Gives it back; it stays open. */
  @Override
  public void close() throws IOException {
    if (moved != NONE) {
      LibC.dup2(moved, OUTPUT);
      channel.close();
    }
  }
}
