package io.sluice.server.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Every setting of {@code sluice serve}: its one name, from which the spelling on the command line,
 * in the environment and in the file follow, its default and its meaning.
 */
public enum Setting {
  /** The folder that is served. */
  ROOT("DIR", "./srv", "what is served; made with its empty folders when missing"),
  /** The image port. */
  LISTEN("HOST:PORT", "0.0.0.0:8080", "the image port; port 0 picks one and logs it"),
  /** The image port with TLS. */
  TLS_LISTEN("HOST:PORT", "off", "the image port with TLS, beside --listen"),
  /** The metrics port with TLS. */
  METRICS_TLS_LISTEN("HOST:PORT", "off", "the metrics port with TLS, beside --metrics-listen"),
  /** The certificate of the server. */
  TLS_CERT(
      "FILE",
      "",
      "certificate of the server and those behind it, in PEM; read again when it changes"),
  /** The key of the certificate. */
  TLS_KEY("FILE", "", "key of the certificate in PEM; only its owner may be able to read it"),
  /** How keys are agreed on. */
  TLS_CIPHERS(
      "modern|firmware",
      "modern",
      "firmware: also key exchange by RSA, without forward secrecy, for firmware that has no"
          + " elliptic curves"),
  /** Which clients need no token. */
  TLS_CLIENT_CA(
      "FILE",
      "",
      "certificates in PEM: who shows one that they have signed may change something under /api, as"
          + " with a token"),
  /** What scripts call the server. */
  PUBLIC_URL(
      "URL",
      "",
      "what scripts call this server: http://HOST[:PORT]; when not given, the address and port that"
          + " a request came in on, by the name it used"),
  /** The proxies whose word is taken for the client's address. */
  TRUSTED_PROXY(
      "ADDRESS[,...]",
      "",
      "addresses or networks of proxies whose Forwarded, X-Forwarded-* and PROXY protocol are"
          + " believed"),
  /** Connections at once. */
  MAX_CONNECTIONS(
      "N",
      "0",
      "open connections of the image port; 0 is as many as the limit of open files and the heap have"
          + " room for"),
  /** Connections at once of one client. */
  MAX_CONNECTIONS_PER_CLIENT(
      "N", "0", "the same for one client address, or for 64 bits of IPv6; 0 is no bound"),
  /** The metrics port. */
  METRICS_LISTEN(
      "HOST:PORT", "127.0.0.1:9090", "the dedicated metrics port; 'off' runs without one"),
  /** Metrics on the image port. */
  METRICS_ROUTE("on|off", "on", "also answer GET /metrics on the image port"),
  /** Whether anything is recorded. */
  METRICS("on|off", "on", "off: nothing is recorded, and a metrics URL answers 503"),
  /** What stands before metric names. */
  METRICS_PREFIX("TEXT", "", "put before every metric name"),
  /** Series for each event loop. */
  METRICS_WORKERS("on|off", "on", "series for each event loop, labelled worker"),
  /** HELP lines. */
  METRICS_HELP("on|off", "on", "HELP lines in the text format"),
  /** TYPE lines. */
  METRICS_TYPE("on|off", "on", "TYPE lines in the text format"),
  /** What sockets are waited for with. */
  TRANSPORT("auto|epoll|nio|io_uring", "auto", "auto is epoll where it loads, else NIO"),
  /** Number of event loops that answer. */
  CONTROL_LOOPS(
      "N",
      "0",
      "event loops that take requests and send small answers; 0 is one for every four cores"),
  /** Number of event loops that send large bodies. */
  BULK_LOOPS("N", "0", "event loops that send images; 0 is one for every two cores"),
  /** Bytes a second for everything that is large. */
  EGRESS_LIMIT(
      "RATE",
      "none",
      "bytes a second for all transfers together, shared fairly, such as 10G or 900M"),
  /** Bytes a second for one transfer. */
  STREAM_LIMIT("RATE", "none", "bytes a second for each transfer"),
  /** How the kernel decides how fast a connection may send. */
  CONGESTION_CONTROL(
      "NAME[,NAME...]",
      "cubic,reno",
      "TCP congestion control of the image port: the first of these that the kernel grants; 'system'"
          + " leaves it as net.ipv4.tcp_congestion_control has it. Only with epoll"),
  /** Image transfers at once. */
  MAX_STREAMS(
      "N",
      "0",
      "image transfers at once; the next wait: iPXE by 503, others held open. 0 is no bound"),
  /** Image transfers at once for one client. */
  MAX_STREAMS_PER_CLIENT("N", "0", "the same for one client address"),
  /** How long a request is held. */
  ADMISSION_WAIT("SECONDS", "600", "how long a held request waits for its turn before its 503"),
  /** Number of threads that read ahead. */
  READ_THREADS("N", "4", "threads that read what is not in memory before it is sent"),
  /** Number of threads that wait for the disk. */
  FILE_THREADS("N", "8", "threads that look for and open files"),
  /** Where derived images are kept. */
  CACHE("DIR", "", "where derived images are kept; ROOT/cache when not given"),
  /** How much of them is kept. */
  CACHE_SIZE(
      "SIZE", "20GiB", "the most that is kept there (500M, 20GiB); least recently used go first"),
  /** How many threads make one of them. */
  DERIVE_THREADS("N", "0", "threads that compress a derived image; 0 is one for each core"),
  /** How hard zstd tries. */
  ZSTD_LEVEL("N", "3", "compression level of .zst images, 1 to 19"),
  /** How hard gzip tries. */
  GZIP_LEVEL("N", "6", "compression level of .gz images, 1 to 9"),
  /** How long a copy waits for a client. */
  COPY_GRACE(
      "SECONDS", "10", "how long a copy is made on after its last client has gone, 0 for not"),
  /** How long a request may take to arrive. */
  REQUEST_TIMEOUT("SECONDS", "30", "how long a client may take to send a request"),
  /** How long a connection may be silent. */
  IDLE_TIMEOUT("SECONDS", "75", "how long a connection is kept open between two requests"),
  /** How long a transfer may stand still. */
  STALL_TIMEOUT(
      "SECONDS", "120", "how long a client may read nothing of its answer; slow is not nothing"),
  /** How long running transfers may take to finish. */
  DRAIN_SECONDS("N", "30", "how long SIGTERM lets running transfers finish"),
  /** Where machines are kept. */
  STORE(
      "JDBC-URL",
      "jdbc:sqlite:ROOT/state/sluice.db",
      "machines; jdbc:postgresql://... when several servers share them"),
  /** Which clients may change something. */
  API_TOKEN_FILE(
      "FILE",
      "",
      "bearer token for everything under /api that changes something, or several, a line each, as"
          + " NAME:TOKEN; without it only this machine itself may"),
  /** Where requests are recorded. */
  ACCESS_LOG("FILE|-|off", "-", "one JSON object a request; - is standard output");

  private final String parameter;
  private final String defaultValue;
  private final String meaning;

  Setting(String parameter, String defaultValue, String meaning) {
    this.parameter = parameter;
    this.defaultValue = defaultValue;
    this.meaning = meaning;
  }

  /** The name in the file and in messages, such as {@code metrics-listen}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The name on the command line, such as {@code --metrics-listen}. */
  public String option() {
    return "--" + key();
  }

  /** The name of the environment variable, such as {@code SLUICE_METRICS_LISTEN}. */
  public String variable() {
    return "SLUICE_" + name();
  }

  /** What the value looks like, for the help. */
  public String parameter() {
    return parameter;
  }

  /** The value when none is given. */
  public String defaultValue() {
    return defaultValue;
  }

  /** One line for the help. */
  public String meaning() {
    return meaning;
  }

  /** The setting of this key. */
  static Optional<Setting> ofKey(String key) {
    return Arrays.stream(values()).filter(setting -> setting.key().equals(key)).findFirst();
  }
}
