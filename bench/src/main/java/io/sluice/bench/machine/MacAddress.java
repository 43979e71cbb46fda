package io.sluice.bench.machine;

import java.util.HexFormat;

/**
 * A machine's hardware address.
 *
 * @param bits the 48 bits, in the low end
 */
public record MacAddress(long bits) {
  /** 52:54:00 is what virtual machines commonly carry: locally administered, never a vendor's. */
  private static final long PREFIX = 0x525400L << 24;

  /** The address of the n-th machine of a storm; n from 0 to 16,777,215. */
  public static MacAddress of(int n) {
    return new MacAddress(PREFIX | (n & 0xFFFFFFL));
  }

  /** Two lower-case digits a byte with the separator between them. */
  public String text(String separator) {
    byte[] bytes = new byte[6];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (bits >>> (40 - 8 * i));
    }
    return HexFormat.ofDelimiter(separator).formatHex(bytes);
  }
}
