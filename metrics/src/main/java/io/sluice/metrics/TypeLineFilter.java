package io.sluice.metrics;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Leaves the TYPE lines out of the Prometheus text format. Only a real one can begin with those
 * words: line feeds in label values and help texts are escaped.
 */
final class TypeLineFilter extends FilterOutputStream {
  private static final byte[] START = "# TYPE ".getBytes(StandardCharsets.US_ASCII);

  /** How much of the line's beginning looked like a TYPE line, or -1 once that is settled. */
  private int matched;

  private boolean dropping;

  TypeLineFilter(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    if (matched >= 0) {
      matchStart(value);
    } else if (!dropping) {
      out.write(value);
    }
    if (value == '\n') {
      matched = 0;
      dropping = false;
    }
  }

  private void matchStart(int value) throws IOException {
    if (value != START[matched]) {
      out.write(START, 0, matched);
      out.write(value);
      matched = -1;
    } else if (++matched == START.length) {
      matched = -1;
      dropping = true;
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      write(bytes[i]);
    }
  }
}
