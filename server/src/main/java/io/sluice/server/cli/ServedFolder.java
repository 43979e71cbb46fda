package io.sluice.server.cli;

import io.sluice.server.config.ConfigException;
import io.sluice.server.config.ConfigSources;
import io.sluice.server.config.Setting;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The root of the server on this machine, for commands that put something into it. */
final class ServedFolder {
  @Option(names = "--root", paramLabel = "DIR", description = "what the server serves")
  private @Nullable String root;

  @Option(names = "--config", paramLabel = "FILE", description = "the settings of the server")
  private @Nullable String config;

  /**
   * The root, found as the server finds it.
   *
   * @param environment of this process
   */
  Path path(Map<String, String> environment) throws ConfigException {
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    if (root != null) {
      given.put(Setting.ROOT, root);
    }
    return ConfigSources.read(given, config, environment).root();
  }
}
