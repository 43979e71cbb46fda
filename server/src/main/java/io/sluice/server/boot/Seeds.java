package io.sluice.server.boot;

import io.sluice.server.boot.template.Template;
import io.sluice.server.boot.template.TemplateException;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The documents of {@code profiles/NAME.seed}, which say what a machine becomes that is installed
 * with the profile NAME; templates like scripts. Where a profile has no such folder the documents
 * that come with the server take its place. Looks at the disk each time, so it is used on a pool.
 */
public final class Seeds {
  private static final String SHIPPED_FOLDER = "install.seed/";

  /** What cloud-init reads (NoCloud). */
  private static final List<String> SHIPPED = List.of("meta-data", "network-config", "user-data");

  private final ServedRoot root;
  private final Clock clock;
  private final Map<String, FolderListing> folders = new ConcurrentHashMap<>();
  private final Map<String, WatchedFile<Template>> files = new ConcurrentHashMap<>();
  private final Map<String, Template> shipped = new ConcurrentHashMap<>();

  /** Those below a root. */
  public Seeds(ServedRoot root, Clock clock) {
    this.root = root;
    this.clock = clock;
  }

  /** The names of the documents of a profile, sorted. */
  public List<String> names(String profile) throws IOException {
    TreeSet<String> own = new TreeSet<>();
    for (String entry : folder(profile).names()) {
      if (MachineRules.isName(entry)) {
        own.add(entry);
      }
    }
    return own.isEmpty() ? SHIPPED : List.copyOf(own);
  }

  /** Whether a profile has documents of its own. */
  boolean hasOwn(String profile) throws IOException {
    return folder(profile).names().stream().anyMatch(MachineRules::isName);
  }

  /**
   * A document of a profile, if it has that.
   *
   * @throws ProfileException when its file cannot be used
   */
  public Optional<Template> find(String profile, String name) throws IOException {
    if (!MachineRules.isName(name) || !names(profile).contains(name)) {
      return Optional.empty();
    }
    return folder(profile).has(name)
        ? watched(path(profile) + "/" + name).value()
        : Optional.of(shipped.computeIfAbsent(name, Seeds::readShipped));
  }

  /** What is wrong with the documents of a profile now; what has changed is read. */
  List<String> problems(String profile) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String name : folder(profile).names()) {
      if (MachineRules.isName(name)) {
        watched(path(profile) + "/" + name).problem().ifPresent(problems::add);
      }
    }
    return problems;
  }

  private FolderListing folder(String profile) {
    return folders.computeIfAbsent(profile, name -> new FolderListing(root, path(name), clock));
  }

  private static String path(String profile) {
    return "profiles/" + profile + ".seed";
  }

  private WatchedFile<Template> watched(String file) {
    return files.computeIfAbsent(
        file,
        path ->
            new WatchedFile<>(
                root, path, (where, bytes) -> parse(where, Profiles.text(where, bytes)), clock));
  }

  private static Template parse(String file, String text) throws ProfileException {
    try {
      return Template.parse(file, text, Scripts.VOCABULARY);
    } catch (TemplateException e) {
      throw new ProfileException(String.valueOf(e.getMessage()));
    }
  }

  private static Template readShipped(String name) {
    String file = "profiles/" + SHIPPED_FOLDER + name;
    try (InputStream in = Seeds.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": not in the jar");
      }
      return parse("shipped " + file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }
}
