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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice image}: the images of a running server, and image files read as it reads them. */
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Looks at image files the way the server does, and keeps those of a server.",
    subcommands = {
      ImageInspect.class,
      ImageVerify.class,
      ImageRead.class,
      ImageCommand.ListAll.class,
      ImageCommand.Upload.class,
      ImageCommand.Delete.class
    })
public final class ImageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static String path(String name) {
    return "/images/" + ApiClient.encode(name);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the images of a running server.")
  static final class ListAll extends RemoteCommand {
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

    /** Takes every object of a list; with --json, prints the pages. */
    private void all(String path, String list, Consumer<Map<String, @Nullable Object>> each)
        throws IOException {
      forEachPage(
          path,
          "",
          page -> {
            if (json) {
              out().println(page.text());
            }
            page.objects(list).forEach(each);
          });
    }

    /** The names of the derived images, without the beginning that they share with the image. */
    private static List<String> endings(@Nullable Object name, @Nullable Object copies) {
      String stem = String.valueOf(name).replaceFirst("[^.]*$", "");
      List<String> endings = new ArrayList<>();
      if (copies instanceof List<?> list) {
        for (Object copy : list) {
          String full = String.valueOf(ApiClient.map(copy).get("name"));
          endings.add(full.startsWith(stem) ? full.substring(stem.length()) : full);
        }
      }
      return endings;
    }
  }

  @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes an image.")
  static final class Delete extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Override
    void run() throws IOException {
      server.delete(path(name));
    }
  }

  @Command(
      name = "upload",
      mixinStandardHelpOptions = true,
      description = {
        "Uploads an image to a running server, which checks its SHA-256.",
        "An upload that broke off goes on where it stopped when the command is run again within a day."
      })
  static final class Upload extends RemoteCommand {
    private static final int BUFFER = 1024 * 1024;

    /** Longer than it takes the server to detect a connection that is gone. */
    private static final int MOST_REQUESTS = 60;

    private static final Executor DELAY =
        CompletableFuture.delayedExecutor(250, TimeUnit.MILLISECONDS);

    @Parameters(paramLabel = "FILE")
    private Path file = Path.of("");

    @Option(names = "--name", description = "what it is called there (default: as here)")
    private String name = "";

    private String target = "";
    private long size;
    private byte[] sha256 = {};

    @Override
    void run() throws IOException {
      target = name.isEmpty() ? String.valueOf(file.getFileName()) : name;
      size = Files.size(file);
      sha256 = digest();
      long start = received();
      ApiClient.Answer answer = null;
      while (answer == null) {
        if (start > 0) {
          warn(target + ": goes on at " + start + " of " + size + " bytes");
        }
        try {
          answer = send(start);
        } catch (ApiClient.Refusal refused) {
          throw refused;
        } catch (IOException broken) {
          start = resumption(broken, start);
        }
      }
      out().println(json ? answer.text() : target + ": " + size + " bytes");
      out().flush();
    }

    /** The offset at which to go on after a connection that began at {@code start} broke. */
    private long resumption(IOException broken, long start) throws IOException {
      long received;
      try {
        received = received();
      } catch (ApiClient.Refusal refused) {
        throw refused;
      } catch (IOException unreachable) {
        unreachable.addSuppressed(broken);
        throw unreachable;
      }
      if (received <= start) {
        throw new IOException(
            target
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
     * How many bytes the server has received of an image of this size and SHA-256; waits while the
     * server still counts an earlier attempt as active. The last byte is always sent, so that the
     * server answers for the whole image.
     */
    private long received() throws IOException {
      String hex = HexFormat.of().formatHex(sha256);
      for (int request = 1; ; request++) {
        Map<String, @Nullable Object> upload = server.get(path(target) + "/upload").object();
        if (Boolean.TRUE.equals(upload.get("active")) && request < MOST_REQUESTS) {
          CompletableFuture.runAsync(() -> {}, DELAY).join();
          continue;
        }
        boolean same =
            hex.equals(upload.get("sha256"))
                && upload.get("total") instanceof Number total
                && total.longValue() == size;
        return same && upload.get("received") instanceof Number number
            ? Math.min(number.longValue(), size - 1)
            : 0;
      }
    }

    private ApiClient.Answer send(long start) throws IOException {
      ProgressBar progress = ProgressBar.of(spec.commandLine().getErr(), "sent", size);
      HttpRequest.Builder request =
          server
              .request(path(target))
              .header("Content-Type", "application/octet-stream")
              .header("Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":")
              .PUT(
                  HttpRequest.BodyPublishers.fromPublisher(
                      HttpRequest.BodyPublishers.ofInputStream(() -> open(start, progress)),
                      size - start));
      if (start > 0) {
        request.header("Content-Range", "bytes " + start + "-" + (size - 1) + "/" + size);
      }
      try {
        return server.send(request.build());
      } finally {
        progress.clear();
      }
    }

    private InputStream open(long start, ProgressBar progress) {
      try {
        FileChannel in = FileChannel.open(file, StandardOpenOption.READ).position(start);
        return progress.counting(Channels.newInputStream(in), start);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private byte[] digest() throws IOException {
      ProgressBar progress = ProgressBar.of(spec.commandLine().getErr(), "read", size);
      try (InputStream in = progress.counting(Files.newInputStream(file), 0)) {
        MessageDigest digest = Sha256.begin();
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
        return digest.digest();
      }
    }
  }
}
