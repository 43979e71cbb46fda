package io.sluice.server.cli;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
  private static final class ListAll extends RemoteCommand {
    @Option(
        names = "--unfinished",
        description = "only uploads of which not all has come (they are kept for a day)")
    private boolean unfinished;

    @Override
    void run() throws IOException {
      TextTable uploads = new TextTable("name", "received", "total", "active", "expires");
      if (unfinished) {
        all("/uploads", "uploads", uploads::add);
        show(uploads);
        return;
      }
      TextTable table =
          new TextTable("name", "format", "size", "virtual_size", "sha256", "derived");
      all(
          "/images",
          "images",
          image -> {
            image.put("derived", endings(image.get("name"), image.get("derived")));
            table.add(image);
          });
      show(table);
      if (!json) {
        all("/uploads", "uploads", uploads::add);
        if (!uploads.isEmpty()) {
          out().println();
          out().println("Not all has come of:");
          show(uploads);
        }
      }
    }

    private void show(TextTable table) {
      if (!json) {
        table.print(out());
      }
      out().flush();
    }

    /** Takes every object of a list, page by page; with --json, prints the pages. */
    private void all(String path, String list, Consumer<Map<String, @Nullable Object>> each)
        throws IOException {
      String after = "";
      do {
        ServerConnection.Answer page = server.get(path + "?limit=1000&after=" + after);
        if (json) {
          out().println(page.text());
        }
        page.objects(list).forEach(each);
        after = page.object().get("next") instanceof String next ? ServerConnection.part(next) : "";
      } while (!after.isEmpty());
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
  private static final class Delete extends RemoteCommand {
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
        "An upload that broke off goes on where it stopped when the command is run again within a day."
      })
  private static final class Upload extends RemoteCommand {
    private static final int BUFFER = 1024 * 1024;

    /** Longer than it takes the server to find out that a client has gone. */
    private static final int MOST_LOOKS = 60;

    private static final Executor LATER =
        CompletableFuture.delayedExecutor(250, TimeUnit.MILLISECONDS);

    @Parameters(paramLabel = "FILE")
    private Path file = Path.of("");

    @Option(names = "--name", description = "what it is called there (default: as here)")
    private String name = "";

    @Override
    void run() throws IOException {
      String there = name.isEmpty() ? String.valueOf(file.getFileName()) : name;
      long size = Files.size(file);
      String digest = digest(size);
      long start = received(there, size, digest);
      ServerConnection.Answer answer = null;
      while (answer == null) {
        if (start > 0) {
          say(there + ": goes on at " + start + " of " + size + " bytes");
        }
        try {
          answer = server.send(request(there, start, size, digest));
        } catch (ServerConnection.Refusal refused) {
          throw refused;
        } catch (IOException broken) {
          start = after(broken, there, start, size, digest);
        }
      }
      out().println(json ? answer.text() : there + ": " + size + " bytes");
      out().flush();
    }

    private void say(String line) {
      spec.commandLine().getErr().println(line);
      spec.commandLine().getErr().flush();
    }

    /** Where to go on after a connection broke. */
    private long after(IOException broken, String there, long start, long size, String digest)
        throws IOException {
      long received;
      try {
        received = received(there, size, digest);
      } catch (ServerConnection.Refusal refused) {
        throw refused;
      } catch (IOException away) {
        away.addSuppressed(broken);
        throw away;
      }
      if (received <= start) {
        throw new IOException(
            there
                + ": the connection broke; "
                + received
                + " of "
                + size
                + " bytes have come (expected: the same command again, which goes on there)",
            broken);
      }
      return received;
    }

    /**
     * How much of this very image has come; waits a little for an attempt that the server does not
     * know to be over. The last byte is always sent, so that there is an answer to the whole.
     */
    private long received(String there, long size, String digest) throws IOException {
      String hex = HexFormat.of().formatHex(Base64.getDecoder().decode(digest));
      for (int look = 1; ; look++) {
        Map<String, @Nullable Object> state = server.get(path(there) + "/upload").object();
        if (Boolean.TRUE.equals(state.get("active")) && look < MOST_LOOKS) {
          CompletableFuture.runAsync(() -> {}, LATER).join();
          continue;
        }
        boolean same =
            hex.equals(state.get("sha256"))
                && state.get("total") instanceof Number total
                && total.longValue() == size;
        return same && state.get("received") instanceof Number number
            ? Math.min(number.longValue(), size - 1)
            : 0;
      }
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
        return ProgressBar.of(spec.commandLine().getErr(), "sent", size)
            .counting(Channels.newInputStream(in), start);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String digest(long size) throws IOException {
      try (InputStream in =
          ProgressBar.of(spec.commandLine().getErr(), "read", size)
              .counting(Files.newInputStream(file), 0)) {
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
