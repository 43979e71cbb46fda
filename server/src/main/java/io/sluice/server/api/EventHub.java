package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.http.Reply;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoredMachine;
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
 * changed, {@code gone} when one is no more, {@code history} for each thing that happened, {@code
 * progress} for each report of an installer.
 */
public final class EventHub {
  /** Shorter than proxies and the stall time-out of the server have patience. */
  private static final long HEARTBEAT_SECONDS = 15;

  /** Each may keep some hundred KiB waiting. */
  private static final int MOST_LISTENERS = 32;

  private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LAST = new byte[0];

  private final Set<Consumer<byte[]>> listeners = ConcurrentHashMap.newKeySet();
  private final ReplayBuffer recent = new ReplayBuffer();
  private volatile boolean closed;

  /**
   * Listens to a fleet.
   *
   * @param progress of its installations
   * @param clock what heartbeats are sent by
   */
  public EventHub(Fleet fleet, InstallProgress progress, ScheduledExecutorService clock) {
    fleet.listen(this::changed);
    progress.onReport(this::reported);
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
                        "text/event-stream",
                        source(request.headers().get("Last-Event-ID", "")),
                        Map.of(ResponseFields.CACHE_CONTROL, "no-store"))
                    : Problems.later(
                        "events (expected: at most " + MOST_LISTENERS + " streams at once)"));
  }

  /** The events after one that the client has seen, or from now on when that is empty. */
  private Reply.EventSource source(String last) {
    return piece -> {
      synchronized (recent) {
        listeners.add(piece);
        piece.accept(HEARTBEAT);
        recent.after(last).forEach(piece);
        if (closed) {
          piece.accept(LAST);
        }
      }
      return () -> listeners.remove(piece);
    };
  }

  /** Ends every stream. */
  public void close() {
    synchronized (recent) {
      closed = true;
      send(LAST);
    }
  }

  private void changed(MachineStore.Change change) {
    if (!recent.isKept()) {
      return;
    }
    if (change.machine() == null) {
      send("gone", Map.of("id", change.id(), "revision", change.revision()));
    } else {
      StoredMachine stored = new StoredMachine(change.machine(), change.revision());
      Map<String, @Nullable Object> document = MachineResources.document(stored, false);
      send("machine", document);
    }
  }

  private void happened(HistoryEntry entry) {
    if (!recent.isKept()) {
      return;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("machine", entry.machine());
    fields.putAll(MachineResources.entry(entry));
    send("history", fields);
  }

  /** Each is soon followed by another, so nobody is told of it who was not listening. */
  private void reported(String machine, InstallProgress.Report report) {
    if (!listeners.isEmpty()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("machine", machine);
      fields.putAll(MachineResources.progress(report));
      byte[] json = Json.bytes(fields);
      synchronized (recent) {
        send(ReplayBuffer.unkept("progress", json));
      }
    }
  }

  private void send(String event, Object data) {
    byte[] json = Json.bytes(data);
    synchronized (recent) {
      send(recent.add(event, json));
    }
  }

  private void send(byte[] piece) {
    listeners.forEach(listener -> listener.accept(piece));
  }
}
