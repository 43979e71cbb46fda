package io.sluice.server.api;

import io.sluice.server.api.resource.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The last events, for a client that reconnects and names the last one it saw (WHATWG HTML §9.2.4).
 * Nothing is kept before a client listens for the first time. An id is that of this run of the
 * server and a number. Guarded by itself.
 */
final class ReplayBuffer {
  /** In bytes; all of it has to fit into what may wait for a client. */
  private static final int MOST_KEPT = 192 * 1024;

  private final String run = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final Deque<byte[]> kept = new ArrayDeque<>();
  private int size;
  private long latest;
  private volatile boolean begun;

  /** Whether a client has listened. */
  boolean isKept() {
    return begun;
  }

  /** Puts an event behind the others, and gives it as it is sent. */
  byte[] add(String event, byte[] json) {
    latest++;
    byte[] bytes = written(event, json);
    kept.addLast(bytes);
    size += bytes.length;
    while (size > MOST_KEPT) {
      size -= kept.removeFirst().length;
    }
    return bytes;
  }

  /** An event that nobody is told of later: without an id, so that a client's last one stays. */
  static byte[] unkept(String event, byte[] json) {
    return ("event: " + event + "\ndata: " + new String(json, StandardCharsets.UTF_8) + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private byte[] written(String event, byte[] json) {
    return ("event: "
            + event
            + "\nid: "
            + run
            + "-"
            + latest
            + "\ndata: "
            + new String(json, StandardCharsets.UTF_8)
            + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * What came after an event.
   *
   * @param last its id; when that is empty, nothing came. Of one that is not known any more, one
   *     event {@code missed}
   */
  List<byte[]> after(String last) {
    begun = true;
    if (last.isEmpty()) {
      return List.of();
    }
    long seen = seen(last);
    long oldest = latest - kept.size();
    if (seen < oldest || seen > latest) {
      return List.of(
          written(
              "missed",
              Json.bytes(Map.of("last", last, "why", "what came after it is not kept any more"))));
    }
    List<byte[]> events = new ArrayList<>(kept);
    return events.subList((int) (seen - oldest), events.size());
  }

  /** The number in an id of this run, -1 when it is none. */
  private long seen(String id) {
    String number = id.startsWith(run + "-") ? id.substring(run.length() + 1) : "";
    return number.matches("\\d{1,18}") ? Long.parseLong(number) : -1;
  }
}
