package io.sluice.server.qcow2;

/**
 * What reading one image may cost.
 *
 * @param chain most layers, the image itself included, at least 1
 * @param tableBytes most memory for cached tables of all layers together, in bytes, at least 64 KiB
 * @param virtualSize largest virtual disk, in bytes: walking a disk takes time in proportion
 */
public record Limits(int chain, long tableBytes, long virtualSize) {
  private static final int KIB = 1024;

  /**
   * Where nothing speaks for others: 16 layers, 1 MiB of tables, 64 TiB. That much of tables covers
   * 8 GiB with clusters of 64 KiB; what is not there costs one read of 16 KiB.
   */
  public static final Limits STANDARD = new Limits(16, (long) KIB * KIB, 64L << 40);

  /** Checks the numbers. */
  public Limits {
    if (chain < 1 || tableBytes < 64L * KIB || virtualSize < 0) {
      throw new IllegalArgumentException(
          "limits: " + chain + ", " + tableBytes + ", " + virtualSize + " (expected: see above)");
    }
  }
}
