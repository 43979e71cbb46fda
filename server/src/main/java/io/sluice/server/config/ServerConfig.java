package io.sluice.server.config;

import io.sluice.server.net.Network;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How one server runs. Validated and immutable; see {@link Setting} for what each part means.
 *
 * @param root the folder that is served, absolute
 * @param listen the image port
 * @param connections how many connections the image port takes
 * @param front what is between this server and its clients
 * @param metrics what is recorded and where it is shown
 * @param transport which way to wait for sockets
 * @param controlLoops event loops that take requests and send small answers, at least 1
 * @param bulkLoops event loops that send large bodies, at least 1
 * @param egress how fast and how many large bodies are sent
 * @param fileThreads threads that may wait for the disk, at least 1
 * @param readThreads threads that read ahead, at least 1
 * @param derived what is made from images, and where it is kept
 * @param timeouts when to give up on a client
 * @param drain how long running transfers may take to finish at the end
 * @param accessLog where requests are recorded
 * @param machines where machines are kept and which clients may change them
 * @param tls where TLS is spoken; empty when nowhere
 */
public record ServerConfig(
    Path root,
    HostPort listen,
    Connections connections,
    Front front,
    Metrics metrics,
    TransportChoice transport,
    int controlLoops,
    int bulkLoops,
    Egress egress,
    int fileThreads,
    int readThreads,
    Derived derived,
    Timeouts timeouts,
    Duration drain,
    AccessLogTarget accessLog,
    Machines machines,
    Optional<Tls> tls) {

  /**
   * TLS.
   *
   * @param listen the image port with TLS, empty for none
   * @param metrics the metrics port with TLS, empty for none
   * @param certificate of the server, PEM
   * @param key of the certificate, PEM
   * @param clientCa signs the certificates of clients, PEM; empty when they are not asked for any
   * @param ciphers for which clients
   */
  public record Tls(
      Optional<HostPort> listen,
      Optional<HostPort> metrics,
      Path certificate,
      Path key,
      Optional<Path> clientCa,
      Ciphers ciphers) {}

  /** Which ciphers are offered. */
  public enum Ciphers {
    /** With forward secrecy only. */
    MODERN,
    /** Those of firmware that has no elliptic curves, too. */
    FIRMWARE
  }

  /**
   * How many connections the image port takes.
   *
   * @param most in all, 0 for as many as there is room for
   * @param mostPerClient of one address, 0 for no bound
   */
  public record Connections(int most, int mostPerClient) {}

  /**
   * What is between a server and its clients.
   *
   * @param publicUrl what clients call the server, such as {@code https://boot.example}, empty when
   *     each request tells
   * @param trustedProxies whose word is taken for the client's address
   */
  public record Front(String publicUrl, List<Network> trustedProxies) {}

  /**
   * Machines.
   *
   * @param store a JDBC URL of SQLite or PostgreSQL
   * @param apiTokenFile holds the token of clients that may change something; empty when only this
   *     machine itself may
   */
  public record Machines(String store, Optional<Path> apiTokenFile) {}

  /**
   * Metrics.
   *
   * @param listen the dedicated port, empty to run without one
   * @param route whether the image port answers too
   * @param recorded whether anything is recorded
   * @param prefix put before every name
   * @param workers whether there are series for each event loop
   * @param help whether HELP lines are written
   * @param type whether TYPE lines are written
   */
  public record Metrics(
      Optional<HostPort> listen,
      boolean route,
      boolean recorded,
      String prefix,
      boolean workers,
      boolean help,
      boolean type) {}

  /**
   * Derived images.
   *
   * @param cache where they are kept, absolute
   * @param cacheChosen whether the operator chose that folder; else the server may do without
   * @param cacheBytes the most that is kept
   * @param threads that compress one image, at least 1
   * @param zstdLevel 1 to 19
   * @param gzipLevel 1 to 9
   * @param copyGrace how long a copy is made on after its last client has gone
   */
  public record Derived(
      Path cache,
      boolean cacheChosen,
      long cacheBytes,
      int threads,
      int zstdLevel,
      int gzipLevel,
      Duration copyGrace) {}

  /**
   * How much is sent and how fast; 0 stands for no limit in each number.
   *
   * @param bytesPerSecond for all transfers together
   * @param streamBytesPerSecond for each transfer
   * @param congestionControl algorithms of the kernel to try, the best one first; empty for the one
   *     the system has
   * @param maxStreams image transfers at once
   * @param maxStreamsPerClient image transfers at once for one client address
   * @param admissionWait how long a request is held for its turn
   */
  public record Egress(
      long bytesPerSecond,
      long streamBytesPerSecond,
      List<String> congestionControl,
      int maxStreams,
      int maxStreamsPerClient,
      Duration admissionWait) {}

  /**
   * Time-outs of a connection to the image port.
   *
   * @param request for a request to arrive
   * @param idle between two requests
   * @param stall without a byte moving while an answer is sent
   */
  public record Timeouts(Duration request, Duration idle, Duration stall) {}

  /** Which transport was asked for. */
  public enum TransportChoice {
    /** Epoll where it loads, else NIO. */
    AUTO,
    /** Epoll or nothing. */
    EPOLL,
    /** The JDK's selector. */
    NIO,
    /** io_uring or nothing. */
    IO_URING
  }

  /** Where requests are recorded. */
  public sealed interface AccessLogTarget {
    /** Nowhere. */
    record Off() implements AccessLogTarget {}

    /** Standard output. */
    record StandardOutput() implements AccessLogTarget {}

    /** A file, appended to; opened anew when it was moved away. */
    record ToFile(Path path) implements AccessLogTarget {}
  }
}
