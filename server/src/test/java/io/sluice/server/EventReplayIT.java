package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever lost the stream of events goes on where it stopped. */
class EventReplayIT {
  private static final String M = "/api/v1/machines/";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private record Event(String kind, String id, String data) {}

  /** A stream of events that is read as it comes. */
  private final class Stream implements AutoCloseable {
    private final InputStream in;
    private final BufferedReader lines;

    Stream(String last) throws IOException {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + server.address().getPort() + "/api/v1/events")
                  .toURL()
                  .openConnection();
      connection.setReadTimeout(60_000);
      if (!last.isEmpty()) {
        connection.setRequestProperty("Last-Event-ID", last);
      }
      in = connection.getInputStream();
      lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /** The next machine event, or one that says that some were missed. */
    Event next() throws IOException {
      while (true) {
        Event event = any();
        if (!event.kind().equals("history")) {
          return event;
        }
      }
    }

    private Event any() throws IOException {
      String kind = "";
      String id = "";
      String data = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("event: ")) {
          kind = line.substring(7);
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (line.isEmpty() && !kind.isEmpty()) {
          return new Event(kind, id, data);
        }
      }
      throw new IOException("the stream ended");
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private static String machine(Event event) {
    return event.data().replaceAll(".*\"id\":\"([^\"]*)\".*", "$1");
  }

  @Test
  void whatCameAfterTheLastEventIsSentOnceAndInOrder() throws Exception {
    String last;
    try (Stream stream = new Stream("")) {
      api.send("PUT", M + "a", "{}");
      Event first = stream.next();
      assertEquals("a", machine(first));
      last = first.id();
    }
    api.send("PUT", M + "b", "{}");
    api.send("PUT", M + "c", "{}");
    api.send("DELETE", M + "a", "");
    try (Stream stream = new Stream(last)) {
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Event event = stream.next();
        seen.add(event.kind() + " " + machine(event));
      }
      assertEquals(List.of("machine b", "machine c", "gone a"), seen);
      api.send("PUT", M + "d", "{}");
      Event next = stream.next();
      assertEquals("d", machine(next), "and goes on with what happens now");
      last = next.id();
    }
    try (Stream stream = new Stream(last)) {
      api.send("PUT", M + "e", "{}");
      assertEquals("e", machine(stream.next()), "nothing was missed, nothing is sent again");
    }
  }

  @Test
  void whatIsNotKeptAnyMoreIsToldOf() throws Exception {
    String last;
    try (Stream stream = new Stream("")) {
      api.send("PUT", M + "a", "{}");
      last = stream.next().id();
    }
    String large = "{\"vars\":{\"v\":\"" + "x".repeat(16_000) + "\"}}";
    for (int i = 0; i < 20; i++) {
      api.send("PUT", M + "m" + i, large);
    }
    try (Stream stream = new Stream(last)) {
      Event event = stream.next();
      assertEquals("missed", event.kind());
      assertTrue(event.data().contains(last), event.data());
      api.send("PUT", M + "z", "{}");
      Event next = stream.next();
      assertEquals("z", machine(next));
      String since = event.id();
      try (Stream again = new Stream(since)) {
        assertEquals("z", machine(again.next()), "from there on it can be gone on with");
      }
    }
    try (Stream stream = new Stream("17")) {
      assertEquals("missed", stream.next().kind(), "an id of another run, or of nobody");
    }
  }
}
