package io.sluice.server.cli;

import io.sluice.server.config.ConfigSources;
import io.sluice.server.config.Setting;
import io.sluice.server.store.StoreBackup;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup}: copies the store into a file while servers use it. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Copies the store of machines into FILE, as it is at one moment, while servers go on.",
      "Of a SQLite store, FILE is one too; of PostgreSQL it is made by pg_dump for pg_restore.",
      "FILE is replaced when the copy is complete and on the disk. See docs/operating.md for the"
          + " way back."
    })
public final class BackupCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--root", paramLabel = "DIR", description = "what the server serves")
  private @Nullable String root;

  @Option(names = "--store", paramLabel = "JDBC-URL", description = "the store of the server")
  private @Nullable String store;

  @Option(names = "--config", paramLabel = "FILE", description = "the settings of the server")
  private @Nullable String config;

  @Parameters(paramLabel = "FILE", description = "where the copy goes")
  private String file = "";

  public BackupCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    if (root != null) {
      given.put(Setting.ROOT, root);
    }
    if (store != null) {
      given.put(Setting.STORE, store);
    }
    String url = ConfigSources.read(given, config, environment).machines().store();
    StoreBackup.write(url, Path.of(file), environment);
    spec.commandLine().getOut().println(file);
    return 0;
  }
}
