package io.sluice.server.api;

import io.sluice.server.api.images.ImageFolder;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Query;
import io.sluice.server.boot.Profiles;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.NearestNames;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Images and profiles that machines and installations name, looked up when they are written: a name
 * that is mistyped is told to who types it, and not to the machine at night. Blocks.
 */
final class References {
  private static final String FORCE = "force";

  /** The parameter of a request that writes names of what comes later. */
  static final Set<String> PARAMETERS = Set.of(FORCE);

  private static final String LATER = "; with --force or ?force=true it may come later";

  private final Profiles profiles;
  private final ImageFolder images;

  References(Profiles profiles, ImageFolder images) {
    this.profiles = profiles;
    this.images = images;
  }

  /**
   * Looks up what one request names.
   *
   * @param query may say that what is named comes later
   */
  Check check(Query query) throws BadRequest {
    return new Check(query.flag(FORCE));
  }

  /** What one request names, each looked up once. */
  final class Check {
    private final boolean force;
    private final Set<String> found = new HashSet<>();

    private Check(boolean force) {
      this.force = force;
    }

    /**
     * Looks up what a machine names, unless it did so before: what has gone since must not be in
     * the way of other changes.
     *
     * @param now the machine as it is, null when it is new
     */
    void machine(Machine next, @Nullable Machine now) throws FieldException, IOException {
      if (now == null || !next.profile().equals(now.profile())) {
        profile(next.profile());
      }
      if (now == null || !next.image().equals(now.image())) {
        image(next.image());
      }
    }

    private void profile(String name) throws FieldException, IOException {
      if (isNamed("profile", name) && !profiles.exists(name)) {
        String nearest = NearestNames.of(name, profiles.names());
        throw new FieldException("profile", name, "a profile there is" + nearest + LATER);
      }
    }

    /** Looks up an image, and whether it can be installed; no name is none. */
    void image(String name) throws FieldException, IOException {
      if (!isNamed("image", name)) {
        return;
      }
      if (images.find(name).isEmpty()) {
        String nearest = NearestNames.of(name, images.names());
        throw new FieldException("image", name, "an image there is" + nearest + LATER);
      }
      Optional<String> problem = images.problem(name);
      if (problem.isPresent()) {
        throw new FieldException("image", name, "one that can be installed; " + problem.get());
      }
    }

    /** Looks up a profile that has to install; one that comes later may turn out not to. */
    void installer(String name) throws FieldException, IOException {
      if (profiles.installs(name) || (force && !profiles.exists(name))) {
        return;
      }
      List<String> installers = profiles.names().stream().filter(profiles::installs).toList();
      throw new FieldException(
          "profile",
          name,
          (profiles.exists(name)
                  ? "one that has the option installs \"yes\""
                  : "a profile there is, that installs")
              + NearestNames.of(name, installers)
              + (profiles.exists(name) ? "" : LATER));
    }

    private boolean isNamed(String kind, String name) {
      return !force && !name.isEmpty() && found.add(kind + " " + name);
    }
  }
}
