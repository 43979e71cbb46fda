package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.HistoryEntry;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.StoredMachine;
import io.sluice.server.http.EventSource;
import io.sluice.server.http.Reply;
import io.sluice.server.http.ResponseFields;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens to machines, as server-sent events (WHATWG HTML §9.2): {@code machine} when one has
 * changed, {@code gone} when one is no more, {@code history} for each thing that happened.
 */
public final class EventHub implements EventSource {
  /** Shorter than proxies and the stall time-out of the server have patience. */
  private static final long HEARTBEAT_SECONDS = 15;

  /** Each may keep some hundred KiB waiting. */
  private static final int MOST_LISTENERS = 32;

  private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LAST = new byte[0];

  private final Set<Consumer<byte[]>> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Listens to a fleet.
   *
   * @param clock what heartbeats are sent by
   */
  public EventHub(Fleet fleet, ScheduledExecutorService clock) {
    fleet.listen(this::changed);
    fleet.journal().listen(this::happened);
    clock.scheduleAtFixedRate(
        () -> send(HEARTBEAT), HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
  }

  Resource resource(Access access, RequestThreads pool) {
    return new Resource(access, pool)
        .open(
            HttpMethod.GET,
            request ->
                listeners.size() < MOST_LISTENERS
                    ? new Reply.Events(
                        "text/event-stream", this, Map.of(ResponseFields.CACHE_CONTROL, "no-store"))
                    : Problems.later(
                        "events (expected: at most " + MOST_LISTENERS + " streams at once)"));
  }

  @Override
  public Subscription subscribe(Consumer<byte[]> piece) {
    listeners.add(piece);
    piece.accept(HEARTBEAT);
    if (closed) {
      piece.accept(LAST);
    }
    return () -> listeners.remove(piece);
  }

  /** Ends every stream. */
  public void close() {
    closed = true;
    send(LAST);
  }

  private void changed(MachineStore.Change change) {
    if (listeners.isEmpty()) {
      return;
    }
    if (change.machine() == null) {
      send("gone", change.revision(), Map.of("id", change.id(), "revision", change.revision()));
    } else {
      StoredMachine stored = new StoredMachine(change.machine(), change.revision());
      Map<String, @Nullable Object> document = MachineResources.document(stored, false);
      send("machine", change.revision(), document);
    }
  }

  private void happened(HistoryEntry entry) {
    if (listeners.isEmpty()) {
      return;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("machine", entry.machine());
    fields.putAll(MachineResources.entry(entry));
    send("history", -1, fields);
  }

  private void send(String event, long id, Object data) {
    String head = "event: " + event + "\n" + (id < 0 ? "" : "id: " + id + "\n") + "data: ";
    send(
        (head + new String(Json.bytes(data), StandardCharsets.UTF_8) + "\n\n")
            .getBytes(StandardCharsets.UTF_8));
  }

  private void send(byte[] piece) {
    listeners.forEach(listener -> listener.accept(piece));
  }
}
