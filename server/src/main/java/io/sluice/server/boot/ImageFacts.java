package io.sluice.server.boot;

import io.sluice.server.machines.DiskDigest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What scripts say about images. May look at a disk. */
public interface ImageFacts {
  /**
   * The SHA-256 in hex of what a machine writes to its disk when it installs an image, where it is
   * known: of what is served under its {@linkplain #installed name}.
   */
  Optional<String> digest(String image);

  /**
   * The same, to be handed out: one that is not known is computed as soon as possible, and one that
   * is not as it is stated beside the image is none.
   */
  ImageDigest wanted(String image);

  /**
   * The name below {@code /images} of what a machine writes to its disk when it installs an image:
   * of the raw disk where the image is a file that holds one without being it, such as a QCOW2
   * file, whatever that file is called; else the image's own.
   */
  String installed(String image);

  /**
   * The names below {@code /images} of one disk.
   *
   * @param raw its bytes
   * @param zst the same as one zstd stream; empty where that cannot be had
   * @param map its block map; empty where that cannot be had
   */
  record DiskNames(String raw, String zst, String map) {}

  /** The names of the disk that an image is or holds; empty when it holds none. */
  Optional<DiskNames> diskNames(String image) throws IOException;

  /** Why an image that is there cannot be installed, in one line; empty when nothing is known. */
  Optional<String> problem(String image);

  /**
   * Whether two images are the same disk, if in different forms, such as {@code debian.raw} and
   * {@code debian.raw.zst} that is made from it.
   */
  boolean holdsSameDisk(String one, String other);

  /**
   * What a disk has on which an image was installed.
   *
   * @param digest of the version of the image, empty when no version is settled
   * @return empty when that cannot be known, or not any more
   * @throws IOException when it is not known yet, and the machine may ask again later
   */
  Optional<DiskDigest> readBack(String image, String digest) throws IOException;

  /** The names of the images there are, sorted. */
  List<String> names();
}
