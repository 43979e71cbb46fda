package io.sluice.server.boot;

import io.sluice.server.boot.template.Template;
import io.sluice.server.boot.template.TemplateException;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.machines.NearestNames;
import io.sluice.server.machines.Terms;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The profiles of a root and those that come with the server; a file of the same name takes the
 * place of a shipped one. Files are read again when they have changed. Looks at the disk each time,
 * so it is used on a pool, never on a loop.
 */
public final class Profiles implements Decider.Known {
  /** The name of the file with the rules. */
  public static final String RULES_FILE = "rules.conf";

  private static final String SEED = ".seed";

  private static final List<String> SHIPPED = List.of("discover", "install", "local", "menu");

  private final ServedRoot root;
  private final FolderListing listing;
  private final Clock clock;
  private final Map<String, WatchedFile<Profile>> files = new ConcurrentHashMap<>();
  private final Map<String, Optional<Profile>> shipped = new ConcurrentHashMap<>();
  private final WatchedRules rules;
  private final Seeds seeds;

  /** The profiles below a root, in a folder that need not be there. */
  public Profiles(ServedRoot root, Clock clock) {
    this.root = root;
    this.listing = new FolderListing(root, "profiles", clock);
    this.clock = clock;
    this.seeds = new Seeds(root, clock);
    this.rules = new WatchedRules(this, this.root, listing, clock);
  }

  /**
   * One profile as it has to be shown to operators.
   *
   * @param name its name
   * @param forms the languages it is there in
   * @param shipped whether all of them come with the server
   * @param installs whether its scripts install
   * @param problems what is wrong with its files now
   */
  public record Summary(
      String name,
      List<ScriptLanguage> forms,
      boolean shipped,
      boolean installs,
      List<String> problems) {}

  /** The rules. */
  public Rules rules() throws IOException {
    return rules.value();
  }

  /** The documents of profiles. */
  public Seeds seeds() {
    return seeds;
  }

  /** What is wrong with the rules now. */
  public List<String> problemsOfRules() throws IOException {
    return rules.problems();
  }

  /**
   * The profile of this name in this language, if there is one.
   *
   * @throws ProfileException when its file cannot be used
   */
  public Optional<Profile> find(String name, ScriptLanguage form) throws IOException {
    if (!MachineRules.isName(name)) {
      return Optional.empty();
    }
    Optional<Profile> own =
        listing.has(form.file(name)) ? watched(name, form).value() : Optional.empty();
    if (own.isPresent()) {
      return own.map(profile -> profile.including(includes(form)));
    }
    // A client may ask for any name; only those that are there are remembered.
    files.remove(form.file(name));
    return shipped(name, form);
  }

  /** Finds what profiles of a language include. */
  Template.Includes includes(ScriptLanguage form) {
    return included -> find(included, form).map(Profile::template);
  }

  /** A profile that installs, in whatever language there is one. */
  public Optional<Profile> installer(String name) {
    return Stream.of(ScriptLanguage.values())
        .flatMap(form -> quietly(name, form).filter(Profile::installs).stream())
        .findFirst();
  }

  @Override
  public boolean exists(String profile) {
    return MachineRules.isName(profile)
        && Stream.of(ScriptLanguage.values()).anyMatch(form -> isThere(profile, form));
  }

  @Override
  public boolean installs(String profile) {
    return installer(profile).isPresent();
  }

  /** The terms of installations with a profile. */
  public Terms terms(String profile) {
    return installer(profile).map(Profile::terms).orElse(Terms.STANDARD);
  }

  /** The names of all profiles, sorted. */
  public List<String> names() throws IOException {
    TreeSet<String> names = new TreeSet<>(SHIPPED);
    for (String entry : listing.names()) {
      for (ScriptLanguage form : ScriptLanguage.values()) {
        String end = "." + form.extension();
        String name = entry.endsWith(end) ? entry.substring(0, entry.length() - end.length()) : "";
        if (MachineRules.isName(name)) {
          names.add(name);
        }
      }
    }
    return List.copyOf(names);
  }

  /** What may have been meant by a name that is not there. */
  String nearest(String name) {
    try {
      return NearestNames.of(name, names());
    } catch (IOException unreadable) {
      return "";
    }
  }

  /** What is to be known about one profile. */
  public Summary summary(String name) throws IOException {
    List<ScriptLanguage> forms =
        Stream.of(ScriptLanguage.values()).filter(form -> isThere(name, form)).toList();
    boolean allShipped = true;
    TreeSet<String> problems = new TreeSet<>();
    for (ScriptLanguage form : forms) {
      allShipped &= !listing.has(form.file(name));
      if (listing.has(form.file(name))) {
        watched(name, form).problem().ifPresent(problems::add);
      }
    }
    problems.addAll(seeds.problems(name));
    return new Summary(name, forms, allShipped, installs(name), List.copyOf(problems));
  }

  /**
   * Reads what has changed, so that the operator who changed it sees at once in the log whether it
   * is good.
   */
  public void look() {
    try {
      for (String name : names()) {
        for (ScriptLanguage form : ScriptLanguage.values()) {
          if (listing.has(form.file(name))) {
            watched(name, form).problem();
          }
        }
      }
      problemsOfRules();
      for (String entry : listing.names()) {
        if (entry.endsWith(SEED)) {
          seeds.problems(entry.substring(0, entry.length() - SEED.length()));
        }
      }
    } catch (IOException e) {
      // The request that needs the file is told.
    }
  }

  /** Whether there is a profile, if only one that cannot be used. */
  private boolean isThere(String name, ScriptLanguage form) {
    try {
      return find(name, form).isPresent();
    } catch (IOException unusable) {
      return true;
    }
  }

  private Optional<Profile> quietly(String name, ScriptLanguage form) {
    try {
      return find(name, form);
    } catch (IOException unusable) {
      return Optional.empty();
    }
  }

  private WatchedFile<Profile> watched(String name, ScriptLanguage form) {
    return files.computeIfAbsent(
        form.file(name),
        file ->
            new WatchedFile<>(
                root,
                "profiles/" + file,
                (where, bytes) -> read(name, form, where, text(where, bytes), false),
                clock));
  }

  private Optional<Profile> shipped(String name, ScriptLanguage form) {
    return SHIPPED.contains(name)
        ? shipped.computeIfAbsent(form.file(name), file -> readShipped(name, form))
        : Optional.empty();
  }

  private static Optional<Profile> readShipped(String name, ScriptLanguage form) {
    String file = "profiles/" + form.file(name);
    try (InputStream in = Profiles.class.getResourceAsStream(file)) {
      if (in == null) {
        return Optional.empty();
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Optional.of(read(name, form, "shipped " + file, text, true));
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  private static Profile read(
      String name, ScriptLanguage form, String file, String text, boolean shipped)
      throws ProfileException {
    try {
      Template template = Template.parse(file, text, Scripts.VOCABULARY);
      String problem = Profile.problemOf(template.options());
      if (!problem.isEmpty()) {
        throw new ProfileException(file + ": option " + problem);
      }
      return new Profile(name, form, file, shipped, template, template.options());
    } catch (TemplateException e) {
      throw new ProfileException(String.valueOf(e.getMessage()));
    }
  }

  /** What is no UTF-8 may still be a script that is served as it stands. */
  static String text(String file, byte[] bytes) throws ProfileException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      String anyway = new String(bytes, StandardCharsets.ISO_8859_1);
      if (anyway.contains("{{")) {
        throw new ProfileException(file + ": bytes that are no text (expected: UTF-8)");
      }
      return anyway;
    }
  }
}
