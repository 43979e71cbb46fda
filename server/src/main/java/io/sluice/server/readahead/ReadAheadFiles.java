package io.sluice.server.readahead;

import com.sun.jna.Native;
import io.sluice.server.os.LibC;
import io.sluice.server.transfer.ReadAheadFile;
import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files ahead in the best way there is. Java has no call for readahead(2), and does not tell
 * the descriptor of a file: the manifest of the jar opens the two classes that know it.
 */
public final class ReadAheadFiles implements ReadAheadFile.Opener {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAheadFiles.class);

  private final FileChannel nothing;
  private boolean loaded;
  private @Nullable Calls calls;

  /**
   * What is needed to advise the kernel.
   *
   * @param descriptor of a channel
   * @param number of a descriptor
   */
  private record Calls(LibC library, Field descriptor, Field number) {
    static Calls load(FileChannel any) throws ReflectiveOperationException {
      Field descriptor = any.getClass().getDeclaredField("fd");
      descriptor.setAccessible(true);
      Field number = FileDescriptor.class.getDeclaredField("fd");
      number.setAccessible(true);
      return new Calls(Native.load("c", LibC.class), descriptor, number);
    }

    ReadAheadFile open(ReadThroughFile file) {
      try {
        return new AdvisedFile(library, number.getInt(descriptor.get(file.file())), file);
      } catch (IllegalAccessException theyWereMadeAccessible) {
        throw new IllegalStateException(theyWereMadeAccessible);
      }
    }
  }

  /**
   * Loads nothing yet: that takes a tenth of a second, and the first file that is read pays it.
   *
   * @param nothing where bytes go that are only read to have them in memory: {@code /dev/null}
   */
  public ReadAheadFiles(FileChannel nothing) {
    this.nothing = nothing;
  }

  @Override
  public ReadAheadFile open(FileChannel channel) {
    ReadThroughFile file = new ReadThroughFile(channel, nothing);
    Calls kernel = calls();
    return kernel == null ? file : kernel.open(file);
  }

  private synchronized @Nullable Calls calls() {
    if (!loaded) {
      loaded = true;
      try {
        calls = Calls.load(nothing);
      } catch (LinkageError | ReflectiveOperationException | InaccessibleObjectException e) {
        LOG.info("readahead(2) cannot be had, files are read to /dev/null: {}", e.toString());
      }
    }
    return calls;
  }
}
