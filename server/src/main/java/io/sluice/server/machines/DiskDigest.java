package io.sluice.server.machines;

import java.util.OptionalLong;

/**
 * What was read back from a disk, or would be.
 *
 * @param sha256 in hex, in small letters
 * @param bytes how many, where that is known
 */
public record DiskDigest(String sha256, OptionalLong bytes) {
  boolean equalTo(DiskDigest other) {
    return sha256.equals(other.sha256)
        && (bytes.isEmpty() || other.bytes.isEmpty() || bytes.equals(other.bytes));
  }

  @Override
  public String toString() {
    return (bytes.isPresent() ? bytes.getAsLong() + " bytes, " : "") + "SHA-256 " + sha256;
  }
}
