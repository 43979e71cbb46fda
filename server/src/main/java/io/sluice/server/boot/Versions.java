package io.sluice.server.boot;

import io.sluice.server.fleet.Installations;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Settles which version of its image each installation is of: the one that is there when its first
 * script is handed out. No script goes out before the digest of that version is known, and none
 * after the image was replaced, because nothing it names would be delivered. Blocks.
 */
public final class Versions {
  /** The longest until a machine asks again, so that it soon hears when it need not, in seconds. */
  private static final long LONGEST_SECONDS = 60;

  private final ImageFacts images;
  private final Installations installations;

  /** Looks at these images. */
  public Versions(ImageFacts images, Installations installations) {
    this.images = images;
    this.installations = installations;
  }

  /** Whether an installation may go on. */
  public sealed interface Standing {
    /** It installs this version; an installation without an image has none. */
    record Settled(Installation installation) implements Standing {}

    /**
     * Not now.
     *
     * @param why in one line
     * @param retrySeconds when to ask again, spread a little, at least 1; empty when the server
     *     cannot say
     */
    record Waiting(String why, OptionalLong retrySeconds) implements Standing {
      static Waiting unforeseen(String why) {
        return new Waiting(why, OptionalLong.empty());
      }
    }
  }

  /** The image that an installation is of, empty when its profile knows. */
  static String image(Installation installation, @Nullable Machine machine) {
    return installation.image().isEmpty() && machine != null
        ? machine.image()
        : installation.image();
  }

  /**
   * How an installation stands, nothing being settled; its digest is computed as soon as possible
   * if it is not known.
   *
   * @return an installation as if it was settled
   */
  public Standing look(Installation installation, @Nullable Machine machine) {
    String image = image(installation, machine);
    if (image.isEmpty()) {
      return new Standing.Settled(installation);
    }
    ImageDigest now = images.wanted(image);
    if (now instanceof ImageDigest.Problem problem) {
      return Standing.Waiting.unforeseen(problem.problem());
    }
    if (now instanceof ImageDigest.Computed computed) {
      return new Standing.Waiting(
          image + ": its SHA-256 is being computed",
          OptionalLong.of(spread(seconds(computed.left()))));
    }
    String sha256 = ((ImageDigest.Known) now).sha256();
    return installation.digest().isEmpty() || installation.digest().equals(sha256)
        ? new Standing.Settled(installation.pinnedTo(image, sha256))
        : Standing.Waiting.unforeseen(
            image
                + ": was replaced since the first install script, which named the SHA-256 "
                + installation.digest()
                + "; it has "
                + sha256
                + " now (expected: the installation cancelled and asked for again)");
  }

  /** The same, and what is settled first is settled in the store. */
  public Standing settle(String id, Installation installation, @Nullable Machine machine)
      throws StoreException {
    Standing standing = look(installation, machine);
    if (!(standing instanceof Standing.Settled settled)
        || settled.installation().digest().equals(installation.digest())) {
      return standing;
    }
    Installation wanted = settled.installation();
    Optional<Installation> stored =
        installations.pin(id, installation, wanted.image(), wanted.digest());
    if (stored.isEmpty()) {
      return Standing.Waiting.unforeseen("the installation has ended meanwhile");
    }
    // Another request may have been first, with what was there then.
    return stored.get().digest().equals(wanted.digest())
        ? new Standing.Settled(stored.get())
        : look(stored.get(), machine);
  }

  private static long seconds(Duration left) {
    return Math.max(1, Math.min(LONGEST_SECONDS, left.plusMillis(999).toSeconds()));
  }

  /** So that a rack does not come back in one second. */
  private static long spread(long seconds) {
    return seconds + ThreadLocalRandom.current().nextLong(seconds / 4 + 2);
  }
}
