package io.sluice.server;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.http.connection.Connections;
import io.sluice.server.http.connection.PipelinedTurns;
import io.sluice.server.http.connection.PortRoom;
import io.sluice.server.keyed.ByteBudget;
import io.sluice.server.telemetry.ClientInstruments;
import io.sluice.server.transfer.PieceRoom;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of the process clients may fill: parts of the heap and of its descriptors. Together the
 * parts leave what the server needs for itself; {@code .ci/check-floods} fills each of them in the
 * smallest heap that is promised.
 */
final class ClientRoom {
  /** Parts of the heap, of which each budget gets one. */
  private static final int REQUEST_PARTS = 6;

  private static final int EVENT_PARTS = 16;
  private static final int LOG_PARTS = 24;
  private static final int CONNECTION_PARTS = 3;

  /** Bytes that wait for a client lie in direct memory; this part of it may be that. */
  private static final int DIRECT_PARTS = 4;

  /** What a connection takes of the heap while a small request of it waits, measured. */
  private static final int CONNECTION_BYTES = 4352;

  /**
   * The same with TLS, measured; beside it the connection has up to 7 KiB in the memory of
   * BoringSSL, which is bounded by this too.
   */
  private static final int SECURE_CONNECTION_BYTES = 8 * 1024;

  /** What is in the access log's queue after a second or two of a storm, in bytes. */
  private static final long LONGEST_LOG_QUEUE = 4L * 1024 * 1024;

  private static final long SCRAPE_BYTES = 4L * 1024 * 1024;
  private static final int FEWEST_SCRAPERS = 4;
  private static final int MOST_SCRAPERS = 128;

  /** What the server opens for itself when it is started: loops, ports, store, log. */
  private static final int OWN_DESCRIPTORS = 24;

  /** For files that are served, the store and the rest, of the descriptors left at the start. */
  private static final int FILE_PARTS = 4;

  private static final int SCRAPER_PARTS = 8;
  private static final int MOST_CONNECTIONS = 1_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(ClientRoom.class);

  private final PipelinedTurns turns = new PipelinedTurns();
  private final PortRoom images;
  private final PortRoom scrapes;
  private final ByteBudget events;
  private final PieceRoom pieces;
  private final long logBytes;

  /** The room of one server, by its heap and the descriptors that it has left now. */
  ClientRoom(ServerConfig config, Proxies proxies, ClientInstruments instruments) {
    long heap = Runtime.getRuntime().maxMemory();
    long direct = PlatformDependent.maxDirectMemory();
    long descriptors = descriptorsLeft();
    int scrapers =
        (int) Math.max(FEWEST_SCRAPERS, Math.min(MOST_SCRAPERS, descriptors / SCRAPER_PARTS));
    long byDescriptors = descriptors - scrapers - descriptors / FILE_PARTS;
    boolean secure = config.tls().flatMap(ServerConfig.Tls::listen).isPresent();
    long byHeap = heap / CONNECTION_PARTS / (secure ? SECURE_CONNECTION_BYTES : CONNECTION_BYTES);
    int possible = (int) Math.max(1, Math.min(MOST_CONNECTIONS, byDescriptors));
    int chosen = config.connections().most();
    if (chosen > possible) {
      LOG.warn(
          "max-connections: {} (expected: at most {}, for which the limit of open files has room;"
              + " raise it, LimitNOFILE= of the unit or ulimit -n); {} are taken",
          chosen,
          possible,
          possible);
    }
    int most = chosen == 0 ? (int) Math.max(1, byHeap) : chosen;
    logBytes = Math.min(LONGEST_LOG_QUEUE, heap / LOG_PARTS);
    pieces = new PieceRoom(direct / DIRECT_PARTS, System::nanoTime);
    instruments.show("tls", pieces::used, pieces.limit());
    events = instruments.budget("events", heap / EVENT_PARTS);
    images =
        new PortRoom(
            instruments.connections(
                "image",
                new Connections.Limits(
                    Math.min(most, possible), config.connections().mostPerClient()),
                proxies::trusts),
            instruments.budget("requests", Math.min(heap / REQUEST_PARTS, direct / DIRECT_PARTS)),
            turns);
    scrapes =
        new PortRoom(
            instruments.connections(
                "metrics", new Connections.Limits(scrapers, 0), address -> false),
            instruments.budget("scrapes", SCRAPE_BYTES),
            turns);
  }

  private static long descriptorsLeft() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? Math.max(
            0,
            unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount() - OWN_DESCRIPTORS)
        : Integer.MAX_VALUE;
  }

  /** Of the image port. */
  PortRoom images() {
    return images;
  }

  /** Of the metrics port. */
  PortRoom scrapes() {
    return scrapes;
  }

  /** Of events that wait for clients. */
  ByteBudget events() {
    return events;
  }

  /** Of pieces of bodies that are copied to be encrypted. */
  PieceRoom pieces() {
    return pieces;
  }

  /** Of access log lines that wait for the disk, in bytes. */
  long logBytes() {
    return logBytes;
  }
}
