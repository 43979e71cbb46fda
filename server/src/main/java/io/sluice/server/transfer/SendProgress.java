package io.sluice.server.transfer;

import java.util.function.LongSupplier;

/** How far an answer is. May be asked on the loop of its connection only. */
public interface SendProgress {
  /** How many body bytes have left so far, parts of a part included. */
  long sentBytes();

  /**
   * Whether the next byte depends on the client. When it does not, the transfer waits for its turn,
   * for a limit or for the disk, and that is not the client's fault.
   */
  boolean waitsForClient();

  /** An answer that is handed to the connection as a whole. */
  static SendProgress atOnce() {
    return byClient(() -> 0);
  }

  /** What moves only when the client does something. */
  static SendProgress byClient(LongSupplier bytes) {
    return new SendProgress() {
      @Override
      public long sentBytes() {
        return bytes.getAsLong();
      }

      @Override
      public boolean waitsForClient() {
        return true;
      }
    };
  }
}
