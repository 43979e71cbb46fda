package io.sluice.server.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.server.OpenApiContract;
import io.sluice.server.api.images.ImageFolder;
import io.sluice.server.api.images.Uploads;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.fleet.Installations;
import io.sluice.server.fleet.TestFleet;
import io.sluice.server.machines.Architecture;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

class OpenApiTest {

  @Test
  void theDocumentHasEveryOperationOfTheServerAndNoOther() throws IOException {
    Set<String> operations = new TreeSet<>();
    resources()
        .forEach(
            (path, resource) ->
                methods(resource).forEach(method -> operations.add(method + " " + path)));
    assertEquals(operations, new TreeSet<>(OpenApiContract.shipped().operations()));
  }

  @Test
  void theDocumentHasEveryParameterThatAMethodTakesAndNoOther() throws IOException {
    OpenApiContract document = OpenApiContract.shipped();
    resources()
        .forEach(
            (path, resource) ->
                methods(resource)
                    .forEach(
                        method ->
                            assertEquals(
                                new TreeSet<>(resource.parameters(method)),
                                new TreeSet<>(document.queryParameters(method, path)),
                                method + " " + path)));
  }

  @Test
  void everyArchitectureOfTheDocumentIsRead() throws IOException {
    JsonNode names =
        new ObjectMapper().readTree(Api.document()).at("/components/schemas/Architecture/enum");
    assertEquals(5, names.size());
    names.forEach(name -> assertTrue(Architecture.parse(name.asText()).isPresent(), name::asText));
  }

  private static List<String> methods(Resource resource) {
    return resource.methods().stream().filter(method -> !method.equals("HEAD")).toList();
  }

  private static Map<String, Resource> resources() {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      Fleet fleet = TestFleet.empty(Clock.systemUTC());
      Profiles profiles = new Profiles(new ServedRoot(Path.of("/nonexistent")), Clock.systemUTC());
      ImageFolder images = new ImageFolder(new ServedRoot(Path.of("/nonexistent")), null);
      Installations installations = TestFleet.installations(fleet, Clock.systemUTC());
      Coverages coverages = new Coverages(fleet, installations, System::nanoTime);
      Scripts scripts = new Scripts(profiles, images);
      Versions versions = new Versions(images, installations);
      InstallProgress progress = new InstallProgress(fleet, Clock.systemUTC());
      return Api.resources(
          new Api.Parts(
              fleet,
              installations,
              profiles,
              scripts,
              versions,
              images,
              new BootEndpoints(
                  fleet,
                  installations,
                  profiles,
                  scripts,
                  versions,
                  Runnable::run,
                  Clock.systemUTC()),
              progress,
              coverages,
              new Deliveries(fleet, coverages, images, Runnable::run, Runnable::run),
              Access.of(Optional.empty()),
              new Uploads(images, () -> "", Clock.systemUTC(), Runnable::run, Runnable::run),
              new EventHub(fleet, progress, clock),
              new RequestThreads(Runnable::run, Runnable::run),
              Clock.systemUTC()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      clock.shutdownNow();
    }
  }
}
