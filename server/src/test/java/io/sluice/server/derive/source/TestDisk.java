package io.sluice.server.derive.source;

import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** Disks for tests. */
public final class TestDisk {
  private TestDisk() {}

  /** Bytes like those of a disk: pieces of zeros, of noise and of text, of all lengths. */
  public static byte[] bytes(long seed, int size) {
    Random random = new Random(seed);
    byte[] bytes = new byte[size];
    for (int at = 0; at < size; ) {
      int length = Math.min(size - at, 1 + random.nextInt(1 << (1 + random.nextInt(18))));
      switch (random.nextInt(3)) {
        case 0 -> {
          byte[] noise = new byte[length];
          random.nextBytes(noise);
          System.arraycopy(noise, 0, bytes, at, length);
        }
        case 1 -> {
          for (int i = at; i < at + length; i++) {
            bytes[i] = (byte) ('a' + i % 26);
          }
        }
        default -> {
          // zeros
        }
      }
      at += length;
    }
    return bytes;
  }

  /** A raw image in a file. */
  public static RawDisk open(Path file) {
    try {
      FileIdentity identity = FileIdentity.of(file);
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      return new RawDisk(
          channel, SourceIdentity.raw(file, identity), identity.size(), () -> close(channel));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RawDisk write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open(file);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A disk that behaves as another but for what a subclass changes. */
  public static class Wrapped implements DiskSource {
    private final DiskSource disk;

    public Wrapped(DiskSource disk) {
      this.disk = disk;
    }

    @Override
    public SourceIdentity identity() {
      return disk.identity();
    }

    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      disk.read(offset, into);
    }

    @Override
    public long zerosAt(long offset, long max) throws IOException {
      return disk.zerosAt(offset, max);
    }

    @Override
    public DiskSource reopened() throws IOException {
      return disk.reopened();
    }

    @Override
    public void close() {
      disk.close();
    }
  }
}
