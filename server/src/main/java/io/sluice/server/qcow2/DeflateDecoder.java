package io.sluice.server.qcow2;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Raw deflate with the full window, whatever the first bytes look like. */
final class DeflateDecoder implements ClusterDecoder {
  private final Inflater inflater = new Inflater(true);

  @Override
  public boolean decode(byte[] in, int length, byte[] out, int size) {
    inflater.reset();
    inflater.setInput(in, 0, length);
    int done = 0;
    try {
      while (done < size) {
        int count = inflater.inflate(out, done, size - done);
        if (count == 0) {
          return false;
        }
        done += count;
      }
    } catch (DataFormatException damaged) {
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    inflater.end();
  }
}
