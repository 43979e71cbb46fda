package io.sluice.server.boot;

import io.sluice.server.boot.template.Escaping;
import io.sluice.server.boot.template.Scope;
import io.sluice.server.boot.template.Template;
import io.sluice.server.boot.template.TemplateException;
import io.sluice.server.boot.template.Value;
import io.sluice.server.boot.template.Vocabulary;
import io.sluice.server.http.arrival.Arrival;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Renders profiles for machines. Looks at the disk, so it is used on a pool. */
public final class Scripts {
  /** The names a profile may use. */
  static final Vocabulary VOCABULARY =
      new Vocabulary(
          Set.of(
              "base_url",
              "http_url",
              "https_url",
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
              "macs",
              "ssh_keys",
              "installation",
              "fail_url",
              "profiles",
              "images"),
          Set.of("vars."));

  /** What stands in the place of a secret that is not shown. */
  private static final String HIDDEN = "(secret)";

  private final Profiles profiles;
  private final ImageFacts images;

  /** Renders these profiles. */
  public Scripts(Profiles profiles, ImageFacts images) {
    this.profiles = profiles;
    this.images = images;
  }

  /**
   * For whom a script is.
   *
   * @param request what the machine says about itself
   * @param machine what is known about it, null when nothing is
   * @param installation what it is to install now, null when it is not
   * @param urls where the server can be reached
   * @param secrets whether secrets are written
   */
  public record Reader(
      BootRequest request,
      @Nullable Machine machine,
      @Nullable Installation installation,
      Urls urls,
      boolean secrets) {}

  /**
   * Where a server can be reached.
   *
   * @param base where it was reached, such as {@code http://10.0.0.1:8080}
   * @param http without TLS; empty for nowhere
   * @param https with TLS; empty for nowhere
   */
  public record Urls(String base, String http, String https) {
    /** Those of the server that a request came to. */
    public static Urls of(Arrival arrival) {
      return new Urls(arrival.baseUrl(), arrival.url("http"), arrival.url("https"));
    }

    /** Of images, by the scheme of a profile. */
    String images(String scheme) {
      String url = scheme.isEmpty() ? base : scheme.equals("https") ? https : http;
      if (url.isEmpty()) {
        throw new UncheckedIOException(
            new ProfileException("option images: https (expected: a server with --tls-listen)"));
      }
      return url;
    }
  }

  /**
   * The script.
   *
   * @throws ProfileException when a value is missing or cannot be written
   */
  public String render(Profile profile, Reader reader) throws IOException {
    try {
      return profile
          .template()
          .render(
              scope(profile, reader), profile.form().escaping(), profiles.includes(profile.form()));
    } catch (TemplateException e) {
      throw new ProfileException(String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Scope scope(Profile profile, Reader reader) {
    Scope.Builder scope = new Scope.Builder();
    scope.textOrEmpty("base_url", reader.urls().base());
    scope.text("http_url", reader.urls().http());
    scope.text("https_url", reader.urls().https());
    scope.text("profile", profile.name());
    scope.lazily("profiles", () -> others(profile.name()));
    scope.lazily("images", () -> new Value.Many(images.names()));
    request(scope, reader.request());
    Machine machine = reader.machine();
    if (machine != null) {
      machine(scope, machine, reader);
    }
    Installation installation = reader.installation();
    String image =
        installation != null
            ? Versions.image(installation, machine)
            : machine == null ? "" : machine.image();
    image(scope, image, installation, reader, profile.imageScheme());
    return scope.build();
  }

  /**
   * A document for one machine.
   *
   * @param profile whose document it is
   * @param includes the other documents of that profile
   * @throws ProfileException when a value is missing or cannot be written
   */
  public String document(
      Template document, Profile profile, Reader reader, Template.Includes includes)
      throws IOException {
    try {
      return document.render(scope(profile, reader), Escaping.DOCUMENT, includes);
    } catch (TemplateException e) {
      throw new ProfileException(String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** What a menu may offer beside the profile itself, the disk and what strangers get. */
  private Value others(String profile) {
    List<String> never = List.of(profile, Decider.LOCAL_PROFILE, Decider.DISCOVER_PROFILE);
    try {
      return new Value.Many(
          profiles.names().stream()
              .filter(name -> !never.contains(name) && !profiles.installs(name))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Value digest(String image, @Nullable Installation installation) {
    if (installation != null && !installation.digest().isEmpty()) {
      return new Value.Text(installation.digest());
    }
    Optional<String> digest = images.digest(image);
    return digest.isPresent() ? new Value.Text(digest.get()) : new Value.Missing("image_digest");
  }

  private static void request(Scope.Builder scope, BootRequest request) {
    MacAddress mac = request.mac();
    if (mac != null) {
      mac(scope, mac);
    }
    scope.text("uuid", request.uuid());
    scope.text("serial", request.serial());
    scope.text("arch", request.arch());
    scope.text("platform", request.platform());
    scope.text("asked", request.asked() ? "yes" : "");
    scope.text("address", request.address().getHostAddress());
  }

  private static void mac(Scope.Builder scope, MacAddress mac) {
    String bare = mac.colons().replace(":", "");
    scope.text("mac", mac.colons());
    scope.text("mac_hyphens", mac.colons().replace(':', '-'));
    scope.text("mac_bare", bare);
    scope.text("mac_dots", bare.replaceAll("(.{4})(?=.)", "$1."));
  }

  private static void machine(Scope.Builder scope, Machine machine, Reader reader) {
    if (reader.request().mac() == null && !machine.macs().isEmpty()) {
      mac(scope, machine.macs().get(0));
    }
    scope.text("id", machine.id());
    scope.text("known", "yes");
    scope.text("uuid", machine.uuid());
    scope.text("serial", machine.serial());
    scope.text("hostname", machine.hostname());
    scope.text("arch", machine.arch());
    scope.many("tags", machine.tags());
    scope.many("macs", machine.macs().stream().map(MacAddress::colons).toList());
    scope.many("ssh_keys", machine.sshKeys());
    vars(scope, machine.vars(), UnaryOperator.identity());
    vars(scope, machine.secrets(), value -> reader.secrets() ? value : HIDDEN);
  }

  private static void vars(
      Scope.Builder scope, Map<String, String> vars, UnaryOperator<String> shown) {
    vars.forEach((name, value) -> scope.text("vars." + name, shown.apply(value)));
  }

  private void image(
      Scope.Builder scope,
      String image,
      @Nullable Installation installation,
      Reader reader,
      String scheme) {
    String token = installation == null ? "" : reader.secrets() ? installation.token() : HIDDEN;
    if (installation != null) {
      String api = reader.urls().base() + "/api/v1/installations/" + token;
      scope.text("token", token);
      scope.text("complete_url", api + "/complete");
      scope.text("fail_url", api + "/fail");
      // Another one for each installation, and no secret.
      scope.text(
          "installation",
          (reader.machine() == null ? "" : reader.machine().id() + "-")
              + Long.toString(installation.requested().toEpochMilli(), Character.MAX_RADIX));
    }
    if (!image.isEmpty()) {
      String query = token.isEmpty() ? "" : "?install=" + token;
      scope.text("image", image);
      scope.lazily(
          "image_url",
          () -> new Value.Text(reader.urls().images(scheme) + path(image, installation) + query));
      scope.lazily("image_digest", () -> digest(image, installation));
    }
  }

  /** Where what an image stands for is served; what cannot be installed is not handed out. */
  private String path(String image, @Nullable Installation installation) {
    Optional<String> problem = installation == null ? Optional.empty() : images.problem(image);
    if (problem.isPresent()) {
      throw new UncheckedIOException(new ProfileException("image " + problem.get()));
    }
    return "/images/" + URLEncoder.encode(images.installed(image), StandardCharsets.UTF_8);
  }
}
