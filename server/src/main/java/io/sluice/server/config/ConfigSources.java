package io.sluice.server.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings the settings together: the command line wins, then the environment, then the file, then
 * the default.
 */
public final class ConfigSources {
  /** The environment variable that names the file. */
  private static final String FILE_VARIABLE = "SLUICE_CONFIG";

  private final Map<Setting, Origin> values = new EnumMap<>(Setting.class);
  private final List<String> problems = new ArrayList<>();

  private ConfigSources() {}

  /**
   * Reads and validates everything.
   *
   * @param commandLine what was given there
   * @param file what {@code --config} named, null without it
   * @param environment of the process
   * @throws ConfigException with all problems at once
   */
  public static ServerConfig read(
      Map<Setting, String> commandLine, @Nullable String file, Map<String, String> environment)
      throws ConfigException {
    ConfigSources sources = new ConfigSources();
    for (Setting setting : Setting.values()) {
      sources.values.put(setting, new Origin(setting.defaultValue(), setting.key()));
    }
    String named = file != null ? file : environment.get(FILE_VARIABLE);
    if (named != null) {
      sources.readFile(named);
    }
    for (Setting setting : Setting.values()) {
      String variable = environment.get(setting.variable());
      if (variable != null) {
        sources.values.put(setting, new Origin(variable, setting.variable()));
      }
      String option = commandLine.get(setting);
      if (option != null) {
        sources.values.put(setting, new Origin(option, setting.option()));
      }
    }
    return ConfigReader.read(sources.values, sources.problems);
  }

  private void readFile(String name) {
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of(name), StandardCharsets.UTF_8);
    } catch (NoSuchFileException | InvalidPathException e) {
      problems.add("--config: " + name + " (expected: a file that exists)");
      return;
    } catch (MalformedInputException e) {
      problems.add("--config: " + name + " (expected: UTF-8)");
      return;
    } catch (IOException e) {
      problems.add("--config: " + name + " (expected: a file that can be read; " + e + ")");
      return;
    }
    for (int i = 0; i < lines.size(); i++) {
      readLine(lines.get(i).strip(), name + ":" + (i + 1));
    }
  }

  private void readLine(String line, String place) {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    int equals = line.indexOf('=');
    String key = equals < 0 ? line : line.substring(0, equals).strip();
    Optional<Setting> setting = Setting.ofKey(key);
    if (equals < 0 || setting.isEmpty()) {
      problems.add(place + ": " + line + " (expected: SETTING=VALUE with a setting of --help)");
      return;
    }
    values.put(setting.get(), new Origin(line.substring(equals + 1).strip(), place + ": " + key));
  }
}
