package io.sluice.server.machines;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An installation as a JSON object, both ways. */
public final class InstallationDocument {
  private static final int MOST_ATTEMPTS = 9999;
  private static final int LONGEST_TIMEOUT_SECONDS = 30 * 24 * 60 * 60;

  private InstallationDocument() {}

  /**
   * The object.
   *
   * @param secrets whether the token is shown
   */
  static Map<String, @Nullable Object> write(Installation installation, boolean secrets) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", installation.state().spelling());
    if (secrets) {
      fields.put("token", installation.token());
    }
    fields.put("profile", installation.profile());
    if (!installation.image().isEmpty()) {
      fields.put("image", installation.image());
    }
    if (!installation.digest().isEmpty()) {
      fields.put("digest", installation.digest());
    }
    Terms terms = installation.terms();
    fields.put("proof", terms.proof().name().toLowerCase(Locale.ROOT));
    fields.put("timeout_seconds", Math.toIntExact(terms.timeout().toSeconds()));
    fields.put("attempts", terms.attempts());
    fields.put("same_address", terms.sameAddress());
    fields.put("requested", installation.requested().toString());
    time(fields, "begun", installation.begun());
    time(fields, "ended", installation.ended());
    fields.put("scripts", installation.handedOut());
    if (!installation.address().isEmpty()) {
      fields.put("address", installation.address());
    }
    if (!installation.detail().isEmpty()) {
      fields.put("detail", installation.detail());
    }
    return fields;
  }

  private static void time(
      Map<String, @Nullable Object> fields, String name, @Nullable Instant time) {
    if (time != null) {
      fields.put(name, time.toString());
    }
  }

  /** An installation as it was written with its token. */
  static Installation read(Fields fields) throws FieldException {
    if (!fields.has("state")) {
      return Installation.NONE;
    }
    Installation.State state;
    try {
      state = Installation.State.valueOf(fields.text("state").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw fields.wrong("state", "a state of an installation");
    }
    Instant requested = time(fields, "requested");
    return new Installation(
        state,
        fields.text("token"),
        fields.text("profile"),
        fields.text("image"),
        fields.text("digest"),
        terms(fields, Terms.STANDARD),
        requested == null ? Instant.EPOCH : requested,
        time(fields, "begun"),
        time(fields, "ended"),
        fields.number("scripts", 0, Integer.MAX_VALUE, 0),
        fields.text("address"),
        fields.text("detail"));
  }

  /** Terms, with the standard ones for those that are absent. */
  public static Terms terms(Fields fields, Terms standard) throws FieldException {
    Terms.Proof proof =
        switch (fields.text("proof")) {
          case "" -> standard.proof();
          case "report" -> Terms.Proof.REPORT;
          case "bytes" -> Terms.Proof.BYTES;
          default -> throw fields.wrong("proof", "report or bytes");
        };
    int seconds =
        fields.number(
            "timeout_seconds",
            0,
            LONGEST_TIMEOUT_SECONDS,
            Math.toIntExact(standard.timeout().toSeconds()));
    return new Terms(
        proof,
        Duration.ofSeconds(seconds),
        fields.number("attempts", 0, MOST_ATTEMPTS, standard.attempts()),
        fields.has("same_address") ? fields.flag("same_address") : standard.sameAddress());
  }

  /** A time, null when it is absent. */
  static @Nullable Instant time(Fields fields, String name) throws FieldException {
    String text = fields.text(name);
    if (text.isEmpty()) {
      return null;
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw fields.wrong(name, "a time such as 2026-11-21T12:00:00Z");
    }
  }
}
