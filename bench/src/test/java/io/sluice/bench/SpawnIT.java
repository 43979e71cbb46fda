package io.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SpawnIT {
  /** Works for some seconds, as servers do after their start, and then for good waits. */
  private static final String COMMAND =
      "cd '%s'; touch started; n=0; while [ $n -lt 3000000 ]; do n=$((n+1)); done;"
          + " touch rests; exec sleep 100";

  @TempDir Path directory;
  private final Rehearsal rehearsal = new Rehearsal();

  private StubServer whenStarted(int port, StubServer.Behaviour behaviour) {
    try {
      for (int i = 0; i < 6000 && !Files.exists(directory.resolve("started")); i++) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      return new StubServer(port, behaviour);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aServerThatWasStartedIsLeftAloneUntilItHasComeToRest() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    AtomicBoolean early = new AtomicBoolean();
    CompletableFuture<StubServer> server =
        CompletableFuture.supplyAsync(
            () ->
                whenStarted(
                    port,
                    (path, n, socket) -> {
                      early.compareAndSet(false, !Files.exists(directory.resolve("rests")));
                      return StubServer.ok(socket, 100);
                    }));
    String url = "http://127.0.0.1:" + port;
    rehearsal.storm(
        directory,
        url,
        "--spawn=stub=" + COMMAND.formatted(directory),
        "--image=/image",
        "--machines=3",
        "--probe-rate=0");
    try (StubServer started = server.get()) {
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertEquals(3, started.requests());
    }
    assertTrue(rehearsal.said().contains("come to rest"), rehearsal.said());
    assertFalse(early.get());
  }
}
