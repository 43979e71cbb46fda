package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A last answer arrives whole, whoever wanted the connection to be closed. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class ClosingIT {
  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void whoAskedForTheCloseAndSendsABodyThatNobodyReadsGetsTheAnswerAndNoReset() throws IOException {
    server.write("images/disk.raw", 1000);
    String head =
        RawClient.request(
            "PUT", "/images/disk.raw", "Content-Length: 3000000", "Connection: close");
    try (RawClient client = server.client()) {
      client.send(head).send(new byte[3_000_000]);
      RawClient.Response answer = client.read();
      assertEquals(405, answer.status());
      assertEquals(0, client.rest().length, "the end, not a reset");
    }
  }

  @Test
  void whoAskedForTheCloseGetsEveryByteHoweverLateItReads() throws IOException {
    for (int size : List.of(500, 200_000, 5_000_000)) {
      byte[] bytes = server.write("images/of-" + size + ".raw", size);
      try (RawClient client = RawClient.connect(server.address(), 8192)) {
        client.send(RawClient.request("GET", "/images/of-" + size + ".raw", "Connection: close"));
        Await.elapse(Duration.ofMillis(100));
        assertArrayEquals(bytes, client.read().body());
        assertEquals(0, client.rest().length);
      }
    }
  }
}
