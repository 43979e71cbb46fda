package io.sluice.bench.machine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a good answer looks like: the length and digest the operator gave, else, for what is the
 * same for every machine, those of the first answer. Safe for use by several threads.
 */
public final class Expectations {
  private final Map<BootStage, Long> lengths;
  private final Map<BootStage, String> digests;
  private final Map<BootStage, Long> firstLengths = new ConcurrentHashMap<>();
  private final Map<BootStage, String> firstDigests = new ConcurrentHashMap<>();

  /**
   * Expectations of one target.
   *
   * @param lengths bytes a stage's body must have, where the operator knows
   * @param digests SHA-256 in lower-case hex, where the operator knows
   */
  public Expectations(Map<BootStage, Long> lengths, Map<BootStage, String> digests) {
    this.lengths = Map.copyOf(lengths);
    this.digests = Map.copyOf(digests);
  }

  /** The failure a complete 2xx answer nevertheless is, or null when it is good. */
  public @Nullable Failure check(BootSequence.Step step, Answer answer) {
    BootStage stage = step.stage();
    Long length = lengths.get(stage);
    if (length == null && step.path().sameForAll() && stage != BootStage.COMPLETION) {
      length = firstLengths.computeIfAbsent(stage, unseen -> answer.bytes());
    }
    if (length != null && length != answer.bytes()) {
      return new Failure(
          Failure.Kind.WRONG_LENGTH, answer.bytes() + " bytes (expected: " + length + ")");
    }
    String sha256 = answer.sha256();
    if (sha256 == null) {
      return null;
    }
    String digest = digests.get(stage);
    if (digest == null && step.path().sameForAll()) {
      digest = firstDigests.computeIfAbsent(stage, unseen -> sha256);
    }
    return digest == null || digest.equals(sha256)
        ? null
        : new Failure(Failure.Kind.WRONG_DIGEST, sha256 + " (expected: " + digest + ")");
  }

  /** The length the first good answer of each stage had; what differs between targets is told. */
  public Map<BootStage, Long> lengthsSeen() {
    return Map.copyOf(firstLengths);
  }
}
