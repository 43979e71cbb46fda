package io.sluice.server;

import io.sluice.server.digest.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice image list}, {@code upload} and {@code delete}: the images of a running server. */
final class RemoteImages {
  private RemoteImages() {}

  /** Adds the commands to {@code sluice image}. */
  static void addTo(CommandLine image) {
    image.addSubcommand(new ListAll());
    image.addSubcommand(new Upload());
    image.addSubcommand(new Delete());
  }

  private static String path(String name) {
    return "/images/" + ServerConnection.part(name);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the images of a running server.")
  private static final class ListAll extends MachineCommand.Remote {
    @Override
    void run() throws IOException {
      ServerConnection.Answer answer = server.get("/images");
      TextTable table =
          new TextTable("name", "format", "size", "virtual_size", "sha256", "derived");
      for (Map<String, @Nullable Object> image : answer.objects("images")) {
        image.put("derived", endings(image.get("name"), image.get("derived")));
        table.add(image);
      }
      print(answer, table);
    }

    /** The names of what is made from an image, without what they have in common with its own. */
    private static List<String> endings(@Nullable Object name, @Nullable Object copies) {
      String stem = String.valueOf(name).replaceFirst("[^.]*$", "");
      List<String> endings = new ArrayList<>();
      if (copies instanceof List<?> list) {
        for (Object copy : list) {
          String full = String.valueOf(ServerConnection.map(copy).get("name"));
          endings.add(full.startsWith(stem) ? full.substring(stem.length()) : full);
        }
      }
      return endings;
    }
  }

  @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes an image.")
  private static final class Delete extends MachineCommand.Remote {
    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Override
    void run() throws IOException {
      server.send("DELETE", path(name), "application/json", "");
    }
  }

  @Command(
      name = "upload",
      mixinStandardHelpOptions = true,
      description = {
        "Uploads an image to a running server, which checks its SHA-256.",
        "An upload that broke off goes on where it stopped."
      })
  private static final class Upload extends MachineCommand.Remote {
    private static final int BUFFER = 1024 * 1024;

    @Parameters(paramLabel = "FILE")
    private Path file = Path.of("");

    @Option(names = "--name", description = "what it is called there (default: as here)")
    private String name = "";

    @Override
    void run() throws IOException {
      String there = name.isEmpty() ? String.valueOf(file.getFileName()) : name;
      long size = Files.size(file);
      String digest = digest(size);
      Object received = server.get(path(there) + "/upload").object().get("received");
      long start = received instanceof Number number ? number.longValue() : 0;
      if (start >= size) {
        // Either it is of another image, or only the end was not told.
        server.send("DELETE", path(there) + "/upload", "application/json", "");
        start = 0;
      }
      ServerConnection.Answer answer = server.send(request(there, start, size, digest));
      out().println(json ? answer.text() : there + ": " + size + " bytes");
      out().flush();
    }

    private HttpRequest request(String there, long start, long size, String digest)
        throws IOException {
      HttpRequest.Builder request =
          server
              .request(path(there))
              .header("Content-Type", "application/octet-stream")
              .header("Repr-Digest", "sha-256=:" + digest + ":")
              .PUT(
                  HttpRequest.BodyPublishers.fromPublisher(
                      HttpRequest.BodyPublishers.ofInputStream(() -> open(start, size)),
                      size - start));
      if (start > 0) {
        request.header("Content-Range", "bytes " + start + "-" + (size - 1) + "/" + size);
      }
      return request.build();
    }

    private InputStream open(long start, long size) {
      try {
        FileChannel in = FileChannel.open(file, StandardOpenOption.READ).position(start);
        return new ProgressStream(
            Channels.newInputStream(in), "sending", start, size, spec.commandLine().getErr());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String digest(long size) throws IOException {
      try (InputStream in =
          new ProgressStream(
              Files.newInputStream(file), "reading", 0, size, spec.commandLine().getErr())) {
        MessageDigest digest = Sha256.begin();
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
      }
    }
  }
}
