package io.sluice.server.machines;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is made of a machine that says it is installed: words prove less than what was delivered,
 * and that less than what was read back from the disk.
 *
 * @param state the end that follows
 * @param detail why, for people
 */
public record InstallResult(Installation.State state, String detail) {
  /**
   * Judges.
   *
   * @param said what the machine says, in one line
   * @param delivered what it was sent
   * @param read what it says it read back, null when it does not
   * @param expected what is to be read back, empty when the server does not know
   */
  public static InstallResult of(
      Installation installation,
      String said,
      Evidence delivered,
      @Nullable DiskDigest read,
      Optional<DiskDigest> expected) {
    if (read != null && expected.isPresent()) {
      return read.equalTo(expected.get())
          ? new InstallResult(
              Installation.State.VERIFIED, said + "; its disk has what the image has: " + read)
          : new InstallResult(
              Installation.State.FAILED,
              said + "; but its disk has " + read + ", and the image " + expected.get());
    }
    String image = installation.image();
    if (image.isEmpty()) {
      return new InstallResult(Installation.State.DONE, said);
    }
    if (delivered.whole()) {
      return new InstallResult(
          Installation.State.DONE, said + "; every byte of " + image + " was delivered");
    }
    String missing =
        delivered.total() == 0
            ? "nothing of " + image + " was delivered"
            : delivered.delivered()
                + " of "
                + delivered.total()
                + " bytes of "
                + image
                + " were delivered";
    return new InstallResult(
        installation.terms().proof() == Terms.Proof.BYTES
            ? Installation.State.FAILED
            : Installation.State.REPORTED,
        said + "; but " + missing);
  }
}
