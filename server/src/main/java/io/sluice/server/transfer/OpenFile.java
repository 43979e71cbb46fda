package io.sluice.server.transfer;

import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open file, shared by all transfers that send from it. The holder of a reference can count on
 * the bytes of the file as it was opened, also when another file is renamed over its path. The last
 * {@link #release()} closes it.
 */
public final class OpenFile extends AbstractReferenceCounted {
  private final int mark;
  private final String name;
  private final FileChannel channel;
  private final Consumer<OpenFile> onClose;
  private @Nullable ReadAheadFile ahead;

  /**
   * Takes over an open channel.
   *
   * @param channel a real file channel (Netty's native transports look inside it), open for reading
   * @param onClose run once, after the channel was closed
   */
  public OpenFile(FileChannel channel, Consumer<OpenFile> onClose) {
    this(channel, "a file of the server's own", ThreadLocalRandom.current().nextInt(), onClose);
  }

  /**
   * Takes over an open channel of a file that may be opened again.
   *
   * @param name what messages call it
   * @param mark the same number each time the same bytes are opened, and hardly ever for others
   */
  public OpenFile(FileChannel channel, String name, int mark, Consumer<OpenFile> onClose) {
    this.name = name;
    this.channel = channel;
    this.mark = mark;
    this.onClose = onClose;
  }

  /** What messages call it: a path where an operator has one for it. */
  public String name() {
    return name;
  }

  /** A number that hardly any other file has. */
  public int mark() {
    return mark;
  }

  /** The channel to read from; never closed by the caller. */
  public FileChannel channel() {
    return channel;
  }

  /** The file as it is read ahead, made when it is wanted first. */
  public synchronized ReadAheadFile ahead(ReadAheadFile.Opener opener) {
    ReadAheadFile made = ahead;
    if (made == null) {
      made = opener.open(channel);
      ahead = made;
    }
    return made;
  }

  /**
   * Takes a reference, if the file is still open.
   *
   * @return false when the last reference has already gone
   */
  public boolean tryRetain() {
    try {
      retain();
      return true;
    } catch (IllegalReferenceCountException alreadyClosed) {
      return false;
    }
  }

  @Override
  protected void deallocate() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing a file that was only read", e);
    } finally {
      onClose.accept(this);
    }
  }

  @Override
  public ReferenceCounted touch(@Nullable Object hint) {
    return this;
  }
}
