package io.sluice.server.boot;

import io.sluice.server.boot.template.Vocabulary;
import java.util.Set;

/** The names a profile may use. */
final class ScriptNames {
  static final Vocabulary VOCABULARY =
      new Vocabulary(
          Set.of(
              "base_url",
              "id",
              "known",
              "mac",
              "mac_hyphens",
              "mac_bare",
              "mac_dots",
              "uuid",
              "serial",
              "hostname",
              "arch",
              "platform",
              "asked",
              "address",
              "tags",
              "profile",
              "image",
              "image_url",
              "image_digest",
              "token",
              "complete_url",
              "fail_url",
              "profiles",
              "images"),
          Set.of("vars."));

  private ScriptNames() {}
}
