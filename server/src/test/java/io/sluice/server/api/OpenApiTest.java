package io.sluice.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.server.OpenApiContract;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.TestFleet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

class OpenApiTest {

  @Test
  void theDocumentHasEveryOperationOfTheServerAndNoOther() throws IOException {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      Fleet fleet = TestFleet.empty(Clock.systemUTC());
      Profiles profiles = new Profiles(Path.of("/nonexistent"), Clock.systemUTC());
      ImageFolder images = new ImageFolder(Path.of("/nonexistent"), null);
      Api.Parts parts =
          new Api.Parts(
              fleet,
              TestFleet.installations(fleet, Clock.systemUTC()),
              profiles,
              new Scripts(profiles, images),
              images,
              Access.of(Optional.empty()),
              new EventHub(fleet, clock),
              Runnable::run,
              Runnable::run,
              Clock.systemUTC());
      Set<String> operations = new TreeSet<>();
      Api.resources(parts)
          .forEach(
              (path, resource) ->
                  resource.methods().stream()
                      .filter(method -> !method.equals("HEAD"))
                      .forEach(method -> operations.add(method + " " + path)));
      assertEquals(operations, new TreeSet<>(OpenApiContract.shipped().operations()));
    } finally {
      clock.shutdownNow();
    }
  }
}
