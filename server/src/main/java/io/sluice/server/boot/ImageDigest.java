package io.sluice.server.boot;

import java.time.Duration;

/** What is known of the SHA-256 of what a machine installs. */
public sealed interface ImageDigest {
  /**
   * It is this.
   *
   * @param sha256 in hex
   */
  record Known(String sha256) implements ImageDigest {}

  /**
   * It is being computed.
   *
   * @param left about how long that takes yet
   */
  record Computed(Duration left) implements ImageDigest {}

  /**
   * It must not be installed as it is.
   *
   * @param problem why, in one line that names the image
   */
  record Problem(String problem) implements ImageDigest {}
}
