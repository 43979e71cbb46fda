package io.sluice.server.derive;

import io.sluice.server.derive.format.InflatedCopy;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.derive.source.DamagedSourceException;
import io.sluice.server.derive.source.Inflater;
import io.sluice.server.derive.source.RawDisk;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/** A compressed file outside of a cache. Blocks. */
public final class CompressedFile implements AutoCloseable {
  private final FileChannel channel;
  private final RawDisk bytes;
  private final ContentFormat format;
  private final String name;
  private final int memoryKib;

  private CompressedFile(Path path, FileChannel channel, ContentFormat format) throws IOException {
    this.channel = channel;
    this.format = format;
    name = String.valueOf(path.getFileName());
    FileIdentity identity = FileIdentity.followed(path);
    bytes = new RawDisk(channel, SourceIdentity.raw(path, identity), channel.size(), () -> {});
    memoryKib = InflatedDisks.memoryKib(Runtime.getRuntime().maxMemory());
  }

  /** Opens a file that is in a compressed format. */
  public static CompressedFile open(Path path, ContentFormat format) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new CompressedFile(path, channel, format);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Size of the file in bytes. */
  public long size() {
    return bytes.size();
  }

  /** What it inflates to, as far as its beginning and its index say. */
  public InflatedDisks.Look look() throws IOException {
    return InflatedDisks.look(bytes, format, name, memoryKib);
  }

  /**
   * Inflates all of it and throws the bytes away.
   *
   * @param progress told how many bytes of the file have been read
   * @return how many bytes it inflates to
   * @throws DamagedSourceException when it is damaged, or its index says another length
   */
  public long inflate(LongConsumer progress) throws IOException {
    LongAdder length = new LongAdder();
    new InflatedCopy(format, name, Inflater.length(bytes, format), memoryKib)
        .make(
            bytes,
            new Recipe.Output() {
              @Override
              public void append(ByteBuffer inflated) {
                length.add(inflated.remaining());
              }

              @Override
              public void progress(long done) {
                progress.accept(done);
              }
            });
    return length.sum();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
