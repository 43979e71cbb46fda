package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;

/** Finds the content in a chunked body (RFC 9112, section 7.1) without keeping any of it. */
final class ChunkCounter {
  private enum State {
    SIZE,
    EXTENSION,
    CONTENT,
    CONTENT_END,
    TRAILER_START,
    TRAILER,
    DONE
  }

  /** A size of more hexadecimal digits than this does not fit a long. */
  private static final int MAX_DIGITS = 15;

  private State state = State.SIZE;
  private long left;
  private int digits;

  boolean done() {
    return state == State.DONE;
  }

  /**
   * Reads on to the next piece of content.
   *
   * @return how many content bytes begin at the buffer's reader index; 0 when the buffer is used up
   *     or the body is done
   * @throws MalformedAnswer when the coding is broken
   */
  int nextContent(ByteBuf in) throws MalformedAnswer {
    while (in.isReadable() && state != State.DONE) {
      if (state == State.CONTENT) {
        int content = (int) Math.min(left, in.readableBytes());
        left -= content;
        if (left == 0) {
          state = State.CONTENT_END;
        }
        return content;
      }
      take(in.readByte());
    }
    return 0;
  }

  private void take(byte b) throws MalformedAnswer {
    switch (state) {
      case SIZE -> size(b);
      case EXTENSION -> {
        if (b == '\n') {
          sizeRead();
        }
      }
      case CONTENT_END -> {
        if (b == '\n') {
          state = State.SIZE;
        } else if (b != '\r') {
          throw new MalformedAnswer("no end of line after a chunk");
        }
      }
      case TRAILER_START -> {
        if (b == '\n') {
          state = State.DONE;
        } else if (b != '\r') {
          state = State.TRAILER;
        }
      }
      case TRAILER -> {
        if (b == '\n') {
          state = State.TRAILER_START;
        }
      }
      case CONTENT, DONE -> throw new IllegalStateException(state.name());
    }
  }

  private void size(byte b) throws MalformedAnswer {
    int digit = Character.digit(b, 16);
    if (digit >= 0 && digits < MAX_DIGITS) {
      left = left << 4 | digit;
      digits++;
    } else if (digits > 0 && b == '\n') {
      sizeRead();
    } else if (digits > 0 && digit < 0 && (b == '\r' || b == ';' || b == ' ' || b == '\t')) {
      state = State.EXTENSION;
    } else {
      throw new MalformedAnswer("no chunk size");
    }
  }

  private void sizeRead() {
    digits = 0;
    state = left == 0 ? State.TRAILER_START : State.CONTENT;
  }
}
