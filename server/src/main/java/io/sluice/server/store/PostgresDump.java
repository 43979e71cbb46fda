package io.sluice.server.store;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs {@code pg_dump}, which sees one state of the database while servers go on writing. */
final class PostgresDump {
  /** Parameters of a JDBC URL that mean the same to PostgreSQL's own programs. */
  private static final Set<String> COMMON = Set.of("sslmode", "sslrootcert", "user");

  private PostgresDump() {}

  /** Writes a file in the format that {@code pg_restore} reads. */
  static void write(String url, Path file, Map<String, String> environment) throws IOException {
    String password = "";
    List<String> parameters = new ArrayList<>();
    String[] parts = url.substring("jdbc:".length()).split("\\?", 2);
    for (String parameter : parts.length == 2 ? parts[1].split("&") : new String[0]) {
      String[] pair = parameter.split("=", 2);
      if (COMMON.contains(pair[0])) {
        parameters.add(parameter);
      } else if (pair[0].equals("password") && pair.length == 2) {
        password = URLDecoder.decode(pair[1], StandardCharsets.UTF_8);
      }
    }
    String source = parts[0] + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
    ProcessBuilder dump =
        new ProcessBuilder(
            "pg_dump", "--format=custom", "--no-owner", "--file=" + file, "--dbname=" + source);
    dump.environment().putAll(environment);
    if (!password.isEmpty()) {
      // Other users see the arguments of a process, not its environment.
      dump.environment().put("PGPASSWORD", password);
    }
    dump.redirectErrorStream(true);
    Process process;
    try {
      process = dump.start();
    } catch (IOException e) {
      throw new IOException(
          "pg_dump (expected: PostgreSQL's programs, such as Debian's postgresql-client; "
              + e.getMessage()
              + ")",
          e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(said.strip().lines().findFirst().orElse("pg_dump has failed"));
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
