package io.sluice.server.status;

import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RequestTimer;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for every exchange that is over. Loops make the line and put it into a queue,
 * whose bytes are bounded; a thread of its own writes. When the disk or the reader of a pipe is too
 * slow, the newest lines are dropped and counted, and no request waits. Of the request nothing is
 * kept.
 */
public final class AccessLog implements RequestListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

  /** What a line takes beside its bytes. */
  private static final long OVERHEAD_BYTES = 48;

  private static final long CLOSE_SECONDS = 5;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Queue<byte[]> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AccessLogFile file;
  private final LongConsumer dropped;
  private final long mostBytes;

  /** Lines that were put into the queue, ever. */
  private final AtomicLong taken = new AtomicLong();

  private final AtomicLong lost = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;

  /** Nothing more is written, and all that was not is counted as lost. */
  private volatile boolean closed;

  /** Whether the writer is to be woken for the next line. */
  private volatile boolean idle;

  private boolean failing;

  /**
   * Begins to write.
   *
   * @param file closed with this log
   * @param dropped counts the lines that are lost
   * @param mostBytes of lines that wait to be written
   */
  public AccessLog(AccessLogFile file, LongConsumer dropped, long mostBytes) {
    this.file = file;
    this.mostBytes = mostBytes;
    this.dropped = dropped;
    this.writer = new Thread(this::writeAll, "sluice-access-log");
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public void begun(RequestTimer exchange) {}

  @Override
  public void sent(RequestTimer exchange, long bytes) {}

  @Override
  public void ended(RequestTimer exchange) {
    byte[] line = AccessLogLine.of(exchange);
    long size = line.length + OVERHEAD_BYTES;
    if (closed || queuedBytes.addAndGet(size) > mostBytes) {
      queuedBytes.addAndGet(-size);
      lost(1);
      return;
    }
    taken.incrementAndGet();
    queue.add(line);
    if (idle) {
      LockSupport.unpark(writer);
    }
  }

  /** Has a log that is a file opened anew. */
  public void reopen() {
    file.reopen();
  }

  /** Writes what is in the queue, for some seconds at most. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(writer);
    try {
      writer.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    lost(taken.get() - file.written());
    if (lost.get() > 0) {
      LOG.warn("access log: {} lines were lost", lost.get());
    }
  }

  private void lost(long lines) {
    if (lines > 0) {
      lost.addAndGet(lines);
      dropped.accept(lines);
    }
  }

  private void writeAll() {
    try (file) {
      while (!closing || (!failing && !queue.isEmpty())) {
        writeSome();
        idle = !failing;
        if (failing || queue.isEmpty()) {
          LockSupport.parkNanos(this, POLL_NANOS);
        }
        idle = false;
      }
      writeSome();
    } catch (IOException e) {
      LOG.warn("access log: {}", e.toString());
    }
  }

  /** Writes what there is, or as much as can be written now. */
  private void writeSome() {
    try {
      file.flush();
      for (byte[] line = queue.poll(); line != null; line = queue.poll()) {
        queuedBytes.addAndGet(-(line.length + OVERHEAD_BYTES));
        file.append(line);
      }
      file.flush();
      if (failing) {
        LOG.info("access log: is written again; {} lines were lost", lost.get());
      }
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOG.warn(
            "access log: {} (tried again; the newest lines are lost when {} MiB wait)",
            e.toString(),
            mostBytes >> 20);
      }
      failing = true;
    }
  }
}
