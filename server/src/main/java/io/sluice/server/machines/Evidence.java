package io.sluice.server.machines;

/**
 * What was delivered of an image in one installation, by all servers.
 *
 * @param delivered bytes, of the form of the image of which most was delivered
 * @param total bytes of that form, 0 when nothing was delivered
 * @param whole whether every byte of one form was delivered
 */
public record Evidence(long delivered, long total, boolean whole) {
  /** Nothing was delivered. */
  public static final Evidence NONE = new Evidence(0, 0, false);

  /** The stronger one of two. */
  public Evidence or(Coverage coverage) {
    Evidence other = new Evidence(coverage.delivered(), coverage.total(), coverage.isComplete());
    boolean more =
        other.whole() != whole
            ? other.whole()
            : (double) other.delivered() / Math.max(1, other.total())
                > (double) delivered / Math.max(1, total);
    return more ? other : this;
  }
}
