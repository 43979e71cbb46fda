package io.sluice.server.machines;

import java.time.Duration;

/**
 * Under which terms a machine is installed.
 *
 * @param proof what ends the installation
 * @param timeout how long after its first script an installation that was not proved has failed;
 *     zero is never
 * @param attempts how many scripts are handed out; a machine that asks for one more has failed; 0
 *     is no bound
 * @param sameAddress whether only the address that got the first script gets further ones
 */
public record Terms(Proof proof, Duration timeout, int attempts, boolean sameAddress) {

  /** What proves an installation. */
  public enum Proof {
    /** The machine says so at the URL it was given. */
    REPORT,
    /** The machine says so, or every byte of the image was delivered to it. */
    BYTES
  }

  /** The terms when neither operator nor profile names others. */
  public static final Terms STANDARD = new Terms(Proof.REPORT, Duration.ofHours(4), 0, false);
}
