package io.sluice.server.transfer;

import java.util.concurrent.CompletionStage;

/**
 * Brings the pages of files into memory before a loop sends them: {@code sendfile} of a page that
 * is not there makes the whole loop wait for a disk. Positions and lengths are in bytes; how far to
 * read ahead is in units of the reader.
 */
public interface PageReader {
  /** How far to read ahead for a transfer that begins. */
  int leastAhead();

  /**
   * How much of a part can be sent without waiting for a disk. What follows it is read ahead. Asked
   * for every part, so it makes nothing that has to be collected.
   *
   * @param remaining how many bytes the transfer sends from the position on, at least 1
   * @param ahead how many units behind the first are wanted soon
   * @param most how many bytes are wanted now
   * @return 0 when {@link #warm} has to be asked first
   */
  long warmBytes(OpenFile file, long position, long remaining, int ahead, long most);

  /**
   * Completes, on some thread, when a part at this position can be sent.
   *
   * @param remaining as for {@link #warmBytes}
   * @param ahead as for {@link #warmBytes}
   */
  CompletionStage<Void> warm(OpenFile file, long position, long remaining, int ahead);

  /** How far to read ahead for a transfer that had to wait although so much was read ahead. */
  int deeper(int ahead);
}
