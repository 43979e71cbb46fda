package io.sluice.server.boot;

import io.sluice.server.machines.DiskDigest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an installer is told that asks what to do. Looks at the disk, so it is used on a pool. */
public final class Jobs {
  private static final List<String> DOCUMENTS = List.of("nocloud", "cidata");

  private final ImageFacts images;
  private final Seeds seeds;

  /** Tells of these images and documents. */
  public Jobs(ImageFacts images, Seeds seeds) {
    this.images = images;
    this.seeds = seeds;
  }

  /**
   * The job of an installation whose version is settled, as an object: what the installer that
   * ships with the server reads (docs/install.md).
   *
   * @throws ProfileException when the installer cannot write what is to be installed
   */
  public Map<String, Object> job(
      Profile profile, Machine machine, Installation installation, Scripts.Urls urls)
      throws IOException {
    Map<String, Object> job = new LinkedHashMap<>();
    job.put("token", installation.token());
    job.put("machine", machine.id());
    if (!machine.hostname().isEmpty()) {
      job.put("hostname", machine.hostname());
    }
    String base = urls.base();
    job.put("url", base + "/api/v1/installations/" + installation.token());
    try {
      job.put("image", image(installation, machine, urls.images(profile.imageScheme())));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    job.put("disk", machine.disk().isEmpty() ? profile.option("disk", "only") : machine.disk());
    job.put("seed", seed(profile, base + "/seed/" + installation.token() + "/"));
    job.put("grow", profile.option("grow", "yes"));
    job.put("boot_entry", profile.option("boot_entry", "yes"));
    job.put("afterwards", profile.option("afterwards", "reboot"));
    return job;
  }

  private Map<String, Object> image(Installation installation, Machine machine, String base)
      throws IOException {
    String name = Versions.image(installation, machine);
    String nothing =
        name.isEmpty()
            ? "the installation names no image (expected: one)"
            : images.problem(name).map(problem -> "image " + problem).orElse("");
    if (!nothing.isEmpty()) {
      throw new ProfileException(nothing);
    }
    ImageFacts.DiskNames names =
        images
            .diskNames(name)
            .orElseThrow(
                () ->
                    new ProfileException(name + ": holds no disk (expected: an image that does)"));
    DiskDigest disk =
        images
            .readBack(name, installation.digest())
            .filter(known -> known.bytes().isPresent())
            .orElseThrow(() -> new ProfileException(name + ": its size is not known"));
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("name", name);
    image.put("url", url(base, names.raw(), installation));
    image.put("size", disk.bytes().orElseThrow());
    image.put("sha256", disk.sha256());
    if (!names.zst().isEmpty()) {
      image.put("zst", url(base, names.zst(), installation));
    }
    if (!names.map().isEmpty()) {
      image.put("bmap", url(base, names.map(), installation));
    }
    return image;
  }

  private static String url(String base, String name, Installation installation) {
    return base
        + "/images/"
        + URLEncoder.encode(name, StandardCharsets.UTF_8)
        + "?install="
        + installation.token();
  }

  private Map<String, Object> seed(Profile profile, String url) throws IOException {
    String to = profile.option("seed", DOCUMENTS.get(0));
    Map<String, String> files = new LinkedHashMap<>();
    if (DOCUMENTS.contains(to)) {
      seeds.names(profile.name()).forEach(name -> files.put(name, url + name));
    }
    // What comes with the server is for images that have use for it.
    boolean own = seeds.hasOwn(profile.name()) || !profile.option("seed", "").isEmpty();
    Map<String, Object> seed = new LinkedHashMap<>();
    seed.put("to", to);
    seed.put("required", own ? "yes" : "no");
    seed.put("files", files);
    return seed;
  }
}
