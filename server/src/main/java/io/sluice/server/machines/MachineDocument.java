package io.sluice.server.machines;

import io.sluice.server.net.DiskRule;
import io.sluice.server.net.Identifiers;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A machine as a JSON object, both ways. */
public final class MachineDocument {
  /** The fields an operator gives; {@code id} may be there too. */
  public static final List<String> GIVEN =
      List.of(
          "macs",
          "uuid",
          "serial",
          "hostname",
          "arch",
          "tags",
          "vars",
          "secrets",
          "profile",
          "image",
          "ssh_keys",
          "disk");

  private static final Set<String> KNOWN =
      Stream.concat(GIVEN.stream(), Stream.of("id", "installation", "lock", "revision"))
          .collect(Collectors.toUnmodifiableSet());

  private static final int LONGEST_TEXT = 255;
  private static final int LONGEST_VALUE = 16 * 1024;
  private static final int MOST_MACS = 64;
  private static final int MOST_TAGS = 64;
  private static final int MOST_VARIABLES = 256;
  private static final int MOST_KEYS = 32;

  private MachineDocument() {}

  /**
   * The object; what is not given is left out.
   *
   * @param secrets whether secrets are shown; if not, their names are, with null
   */
  public static Map<String, @Nullable Object> write(Machine machine, boolean secrets) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", machine.id());
    fields.put("macs", machine.macs().stream().map(MacAddress::colons).toList());
    text(fields, "uuid", machine.uuid());
    text(fields, "serial", machine.serial());
    text(fields, "hostname", machine.hostname());
    text(fields, "arch", machine.arch());
    if (!machine.tags().isEmpty()) {
      fields.put("tags", machine.tags());
    }
    variables(fields, "vars", machine.vars(), true);
    variables(fields, "secrets", machine.secrets(), secrets);
    text(fields, "profile", machine.profile());
    text(fields, "image", machine.image());
    if (!machine.sshKeys().isEmpty()) {
      fields.put("ssh_keys", machine.sshKeys());
    }
    text(fields, "disk", machine.disk());
    if (machine.lock().isSet()) {
      fields.put("lock", lock(machine.lock()));
    }
    if (machine.installation().state() != Installation.State.NONE) {
      fields.put("installation", InstallationDocument.write(machine.installation(), secrets));
    }
    return fields;
  }

  private static Map<String, @Nullable Object> lock(Lock lock) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("at", lock.at().toString());
    text(fields, "address", lock.by().address());
    text(fields, "token", lock.by().token());
    text(fields, "reason", lock.reason());
    return fields;
  }

  private static Lock lock(Fields fields) throws FieldException {
    if (!fields.has("at")) {
      return Lock.NONE;
    }
    Instant at = InstallationDocument.time(fields, "at");
    return new Lock(
        at == null ? Instant.EPOCH : at,
        new Actor(fields.text("address"), fields.text("token")),
        fields.text("reason"));
  }

  private static void text(Map<String, @Nullable Object> fields, String name, String text) {
    if (!text.isEmpty()) {
      fields.put(name, text);
    }
  }

  private static void variables(
      Map<String, @Nullable Object> fields, String name, Map<String, String> vars, boolean shown) {
    if (!vars.isEmpty()) {
      Map<String, @Nullable Object> sorted = new LinkedHashMap<>();
      vars.keySet().stream().sorted().forEach(key -> sorted.put(key, shown ? vars.get(key) : null));
      fields.put(name, sorted);
    }
  }

  /**
   * A machine as an operator gives it.
   *
   * @param id its id
   * @param object what was given; fields that only the server sets are ignored
   * @param now the machine as it is, whose installation and lock stay; null when it is new
   * @throws FieldException for the first field that is wrong
   */
  public static Machine read(String id, Map<String, @Nullable Object> object, @Nullable Machine now)
      throws FieldException {
    return read(id, object, now, Set.copyOf(GIVEN));
  }

  /**
   * A machine of which an operator gives only some fields.
   *
   * @param object the whole machine
   * @param given the names of those fields; a record that already has an identifier that names
   *     nobody may be changed otherwise
   * @throws FieldException for the first field that is wrong
   */
  public static Machine read(
      String id, Map<String, @Nullable Object> object, @Nullable Machine now, Set<String> given)
      throws FieldException {
    return now == null
        ? read(id, object, Installation.NONE, Lock.NONE, given)
        : read(id, object, now.installation(), now.lock(), given);
  }

  private static Machine read(
      String id,
      Map<String, @Nullable Object> object,
      Installation installation,
      Lock lock,
      Set<String> given)
      throws FieldException {
    Fields fields = Fields.of(object);
    fields.only(KNOWN);
    if (!MachineRules.isName(id)) {
      throw fields.wrong("id", MachineRules.NAME_EXPECTED);
    }
    if (fields.has("id") && !fields.text("id").equals(id)) {
      throw fields.wrong("id", id + ", as in the address");
    }
    Map<String, String> vars = variables(fields, "vars");
    Map<String, String> secrets = variables(fields, "secrets");
    for (String name : secrets.keySet()) {
      if (vars.containsKey(name)) {
        throw fields.wrong("secrets." + name, "a name that is not among vars");
      }
    }
    return new Machine(
        id,
        macs(fields, given.contains("macs")),
        uuid(fields, given.contains("uuid")),
        serial(fields, given.contains("serial")),
        hostname(fields),
        arch(fields),
        tags(fields),
        vars,
        secrets,
        name(fields, "profile"),
        image(fields, "image"),
        sshKeys(fields),
        disk(fields),
        installation,
        lock);
  }

  /** A machine as it was written with its secrets. */
  public static Machine readStored(String id, Map<String, @Nullable Object> object)
      throws FieldException {
    Fields fields = Fields.of(object);
    return read(
        id,
        object,
        InstallationDocument.read(fields.object("installation")),
        lock(fields.object("lock")),
        Set.of());
  }

  private static List<MacAddress> macs(Fields fields, boolean given) throws FieldException {
    Set<MacAddress> macs = new LinkedHashSet<>();
    for (String text : fields.texts("macs")) {
      MacAddress mac =
          MacAddress.parse(text)
              .orElseThrow(() -> fields.wrong("macs", "addresses such as 52:54:00:12:34:56"));
      if (given && !Identifiers.isMac(mac.colons())) {
        throw fields.wrong("macs", text, "addresses of one card each, not all zeros and no group");
      }
      macs.add(mac);
    }
    if (macs.size() > MOST_MACS) {
      throw fields.wrong("macs", "at most " + MOST_MACS);
    }
    return List.copyOf(macs);
  }

  private static String uuid(Fields fields, boolean given) throws FieldException {
    String uuid = Identifiers.trimmed(fields.text("uuid")).toLowerCase(Locale.ROOT);
    if (!uuid.isEmpty() && !Identifiers.isUuid(uuid)) {
      throw fields.wrong("uuid", "32 hex digits in groups of 8-4-4-4-12");
    }
    if (given && !uuid.isEmpty() && Identifiers.uuid(uuid).isEmpty()) {
      throw fields.wrong("uuid", uuid, "one of this machine alone; many boards have this one");
    }
    return uuid;
  }

  private static String serial(Fields fields, boolean given) throws FieldException {
    String serial = Identifiers.trimmed(line(fields, "serial"));
    if (given && !serial.isEmpty() && Identifiers.serial(serial).isEmpty()) {
      throw fields.wrong("serial", serial, "one of this machine alone; many boards have this one");
    }
    return serial;
  }

  private static String hostname(Fields fields) throws FieldException {
    String hostname = fields.text("hostname");
    if (!hostname.isEmpty() && !MachineRules.isHostname(hostname)) {
      throw fields.wrong("hostname", "a host name as RFC 1123 has it");
    }
    return hostname;
  }

  private static String arch(Fields fields) throws FieldException {
    String arch = fields.text("arch");
    return arch.isEmpty()
        ? ""
        : Architecture.parse(arch).orElseThrow(() -> fields.wrong("arch", Architecture.EXPECTED));
  }

  private static List<String> tags(Fields fields) throws FieldException {
    Set<String> tags = new TreeSet<>(fields.texts("tags"));
    if (tags.size() > MOST_TAGS || !tags.stream().allMatch(MachineRules::isTag)) {
      throw fields.wrong(
          "tags", "at most " + MOST_TAGS + ", each of letters, digits and . _ - : /");
    }
    return List.copyOf(tags);
  }

  private static Map<String, String> variables(Fields fields, String name) throws FieldException {
    Map<String, String> vars = fields.textsByName(name);
    if (vars.size() > MOST_VARIABLES) {
      throw fields.wrong(name, "at most " + MOST_VARIABLES);
    }
    for (Map.Entry<String, String> each : vars.entrySet()) {
      if (!MachineRules.isVariable(each.getKey())) {
        throw fields.wrong(
            name + "." + each.getKey(), "a name of letters, digits, hyphens and underscores");
      }
      if (each.getValue().length() > LONGEST_VALUE) {
        throw fields.wrong(name + "." + each.getKey(), "at most " + LONGEST_VALUE + " characters");
      }
    }
    return vars;
  }

  private static List<String> sshKeys(Fields fields) throws FieldException {
    Set<String> keys = new LinkedHashSet<>();
    for (String text : fields.texts("ssh_keys")) {
      String key = text.strip();
      if (!MachineRules.isSshKey(key)) {
        throw fields.wrong(
            "ssh_keys", "public keys as OpenSSH writes them, such as ssh-ed25519 AAAA… comment");
      }
      keys.add(key);
    }
    if (keys.size() > MOST_KEYS) {
      throw fields.wrong("ssh_keys", "at most " + MOST_KEYS);
    }
    return List.copyOf(keys);
  }

  private static String disk(Fields fields) throws FieldException {
    String rule = line(fields, "disk").strip();
    Optional<String> problem = DiskRule.problemOf(rule);
    if (problem.isPresent()) {
      throw fields.wrong("disk", problem.get(), DiskRule.EXPECTED);
    }
    return rule;
  }

  private static String line(Fields fields, String name) throws FieldException {
    String text = fields.text(name);
    if (!MachineRules.isLine(text, LONGEST_TEXT)) {
      throw fields.wrong(name, "one line of at most " + LONGEST_TEXT + " characters");
    }
    return text;
  }

  /** The name of a profile. */
  public static String name(Fields fields, String field) throws FieldException {
    String name = fields.text(field);
    if (!name.isEmpty() && !MachineRules.isName(name)) {
      throw fields.wrong(field, MachineRules.NAME_EXPECTED);
    }
    return name;
  }

  /** The name of an image. */
  public static String image(Fields fields, String field) throws FieldException {
    String name = fields.text(field);
    if (!name.isEmpty() && !MachineRules.isImage(name)) {
      throw fields.wrong(field, "a file name of letters, digits and . _ - + @ ~");
    }
    return name;
  }
}
