package io.sluice.server.transfer;

/** Told of the bytes of one transfer as they leave, on the loop that sends them. */
public interface ByteMeter {
  /** So many body bytes more were handed to the connection. */
  void sent(long bytes);
}
