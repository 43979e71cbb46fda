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
  BULK_LOOPS("N", "0", "event loops that send images; 0 is one for each core"),
  /** Number of threads that wait for the disk. */
  FILE_THREADS("N", "8", "threads that look for and open files"),
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
  /** Who may change something. */
  API_TOKEN_FILE(
      "FILE",
      "",
      "bearer token for everything under /api that changes something; without it only this machine"
          + " itself may"),
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

  /** The value when nobody gives one. */
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
