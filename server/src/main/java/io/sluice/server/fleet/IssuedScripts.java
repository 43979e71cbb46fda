package io.sluice.server.fleet;

import io.sluice.server.machines.Installation;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Install scripts that were handed out and of which the store does not know yet, by machine. A
 * script does not wait for the store; this is what decisions add to what the store knows.
 */
final class IssuedScripts {

  /**
   * Scripts of one installation.
   *
   * @param token of the installation
   * @param count how many, at least 1
   * @param first when the first of them was handed out
   * @param address where to
   */
  record Pending(String token, int count, Instant first, String address) {}

  private final Map<String, Pending> pending = new ConcurrentHashMap<>();

  /** One more. */
  void add(String machine, String token, String address, Instant now) {
    pending.merge(
        machine,
        new Pending(token, 1, now, address),
        (old, one) ->
            old.token().equals(token)
                ? new Pending(token, old.count() + 1, old.first(), old.address())
                : one);
  }

  /** An installation with the scripts the store does not know of. */
  Installation applyTo(String machine, Installation installation) {
    Pending known = pending.get(machine);
    return known == null ? installation : apply(known, installation);
  }

  /** An installation with these scripts, if they are its own. */
  static Installation apply(Pending scripts, Installation installation) {
    return installation.isNamedBy(scripts.token())
        ? installation.handedOutTo(scripts.address(), scripts.first(), scripts.count())
        : installation;
  }

  Set<Map.Entry<String, Pending>> all() {
    return Set.copyOf(pending.entrySet());
  }

  /** These could not be stored. */
  void putBack(String machine, Pending scripts) {
    pending.merge(
        machine,
        scripts,
        (now, back) ->
            now.token().equals(back.token())
                ? new Pending(
                    back.token(), now.count() + back.count(), back.first(), back.address())
                : now);
  }

  /** The store is being told of these, or need not know. */
  void settle(String machine, Pending known) {
    pending.computeIfPresent(
        machine,
        (id, now) -> {
          if (!now.token().equals(known.token())) {
            return now;
          }
          int left = now.count() - known.count();
          return left > 0 ? new Pending(now.token(), left, now.first(), now.address()) : null;
        });
  }
}
