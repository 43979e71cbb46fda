package io.sluice.server.boot.template;

import java.util.Set;

/**
 * The names a template may use, so that a misspelt one is found when the file is read.
 *
 * @param names whole names
 * @param families beginnings, such as {@code vars.}, after which any name is good
 */
public record Vocabulary(Set<String> names, Set<String> families) {
  /** Whether a template may use this name. */
  boolean knows(String name) {
    return names.contains(name)
        || families.stream().anyMatch(family -> name.startsWith(family) && !name.equals(family));
  }
}
