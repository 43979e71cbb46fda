package io.sluice.server.boot;

import java.util.List;
import java.util.Optional;

/** What scripts say about images. May look at a disk. */
public interface ImageFacts {
  /** The SHA-256 of an image in hex, where it is known. */
  Optional<String> digest(String image);

  /** The names of the images there are, sorted. */
  List<String> names();
}
