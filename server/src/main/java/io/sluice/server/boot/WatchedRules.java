package io.sluice.server.boot;

import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules of a root. What they say now is used when every profile they name is there; until then
 * what they said before stays in use. At the start there is nothing before: then they are used as
 * they are, and only machines whose rule names a profile that is not there get no script.
 */
final class WatchedRules {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedRules.class);

  /** More are not told at once. */
  private static final int MOST_PROBLEMS = 10;

  private final Profiles profiles;
  private final FolderListing listing;
  private final WatchedFile<Rules> file;
  private @Nullable Rules used;
  private List<String> told = List.of();

  WatchedRules(Profiles profiles, ServedRoot root, FolderListing listing, Clock clock) {
    this.profiles = profiles;
    this.listing = listing;
    this.file =
        new WatchedFile<>(
            root,
            "profiles/" + Profiles.RULES_FILE,
            (name, bytes) -> Rules.parse(name, Profiles.text(name, bytes)),
            clock);
  }

  private Rules said() throws IOException {
    return listing.has(Profiles.RULES_FILE) ? file.value().orElse(Rules.NONE) : Rules.NONE;
  }

  /**
   * The rules in use.
   *
   * @throws ProfileException when the file never said anything that could be used
   */
  synchronized Rules value() throws IOException {
    Rules now = said();
    Rules before = used;
    if (before != null && now != before && !now.without(profiles::exists).isEmpty()) {
      return before;
    }
    used = now;
    return now;
  }

  /** What is wrong with the file as it is now; told to the log when it is news. */
  synchronized List<String> problems() throws IOException {
    Optional<String> unreadable =
        listing.has(Profiles.RULES_FILE) ? file.problem() : Optional.empty();
    if (unreadable.isPresent()) {
      return List.of(unreadable.get());
    }
    Rules now = said();
    boolean inUse = now.equals(value());
    List<String> problems =
        now.without(profiles::exists).stream().limit(MOST_PROBLEMS).map(this::missing).toList();
    if (!problems.equals(told)) {
      problems.forEach(
          problem -> LOG.warn("{}{}", problem, inUse ? "" : "; the rules before stay in use"));
      if (problems.isEmpty()) {
        LOG.info("profiles/{}: good again", Profiles.RULES_FILE);
      }
      told = problems;
    }
    return problems;
  }

  private String missing(Rule rule) {
    return rule.place()
        + ": use "
        + rule.profile()
        + " (expected: a profile there is"
        + profiles.nearest(rule.profile())
        + ")";
  }
}
