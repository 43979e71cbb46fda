package io.sluice.server.status;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RequestTimer;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for every exchange that is over. Loops only put it into a bounded queue; a thread
 * of its own writes. When the disk or the reader of a pipe is too slow, lines are dropped and
 * counted, and no request waits.
 */
public final class AccessLog implements RequestListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

  /** Some seconds of a storm: a request in the queue takes about a kilobyte. */
  private static final int QUEUE_LENGTH = 8 * 1024;

  private static final long CLOSE_SECONDS = 5;
  private static final long POLL_MILLIS = 200;

  private final BlockingQueue<RequestTimer> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
  private final AccessLogFile file;
  private final CounterDataPoint dropped;
  private final Thread writer;
  private volatile boolean closing;

  /**
   * Begins to write.
   *
   * @param file closed with this log
   * @param dropped counts the lines that are lost
   */
  public AccessLog(AccessLogFile file, CounterDataPoint dropped) {
    this.file = file;
    this.dropped = dropped;
    this.writer = new Thread(this::writeAll, "sluice-access-log");
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public void begun(RequestTimer exchange) {
    // The address is remembered by the channel from the first time it is asked for, and is gone
    // when the connection is.
    exchange.channel().remoteAddress();
  }

  @Override
  public void sent(RequestTimer exchange, long bytes) {}

  @Override
  public void ended(RequestTimer exchange) {
    if (!queue.offer(exchange)) {
      dropped.inc();
    }
  }

  /** Writes what is in the queue, for some seconds at most. */
  @Override
  public void close() {
    closing = true;
    try {
      writer.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeAll() {
    boolean failing = false;
    try (file) {
      while (!closing || !queue.isEmpty()) {
        RequestTimer next = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (next == null) {
          continue;
        }
        try {
          file.write(next);
          if (queue.isEmpty()) {
            file.flush();
          }
          failing = false;
        } catch (IOException e) {
          dropped.inc();
          if (!failing) {
            LOG.warn("access log: {} (lines are lost until it can be written again)", e.toString());
          }
          failing = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("access log: {}", e.toString());
    }
  }
}
