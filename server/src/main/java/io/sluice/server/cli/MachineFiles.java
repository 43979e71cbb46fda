package io.sluice.server.cli;

import io.sluice.server.cli.DocumentParser.ObjectNode;
import io.sluice.server.config.ConfigException;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads machines from files that hold one, whose id may be the name of the file, or many. Reports
 * everything that is wrong in any file before the caller uses a machine.
 */
final class MachineFiles {
  private static final Pattern ENDING = Pattern.compile("(?i)(.+)\\.(yaml|yml|json)");
  private static final String MANY = "machines";
  private static final long LARGEST_FILE = 64L * 1024 * 1024;
  private static final int MOST_PROBLEMS = 100;

  private final SortedMap<String, Map<String, @Nullable Object>> machines = new TreeMap<>();
  private final Map<String, String> places = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Set<Path> ancestors = new HashSet<>();
  private final InputStream standardInput;

  private MachineFiles(InputStream standardInput) {
    this.standardInput = standardInput;
  }

  /**
   * Reads files and folders.
   *
   * @param given files, which may have any name, and folders, of which every file counts that ends
   *     in {@code .yaml}, {@code .yml} or {@code .json} and does not begin with a dot, in folders
   *     within, too; symbolic links are followed; {@code -} is standard input
   * @return the machines by id
   * @throws ConfigException with everything that is wrong
   */
  static SortedMap<String, Map<String, @Nullable Object>> read(
      List<String> given, InputStream standardInput) throws ConfigException {
    MachineFiles files = new MachineFiles(standardInput);
    for (String name : given) {
      files.given(name);
    }
    if (files.machines.isEmpty() && files.problems.isEmpty()) {
      files.problem(
          String.join(" ", given)
              + " (expected: at least one machine, in files that end in .yaml, .yml or .json)");
    }
    if (!files.problems.isEmpty()) {
      throw new ConfigException(files.shownProblems());
    }
    return files.machines;
  }

  private List<String> shownProblems() {
    if (problems.size() <= MOST_PROBLEMS) {
      return problems;
    }
    List<String> shown = new ArrayList<>(problems.subList(0, MOST_PROBLEMS));
    shown.add("… and " + (problems.size() - MOST_PROBLEMS) + " more");
    return shown;
  }

  private void problem(String line) {
    problems.add(line.replaceAll("\\p{Cntrl}", " "));
  }

  private void given(String name) {
    if (name.equals("-")) {
      try {
        take("-", "", standardInput.readAllBytes());
      } catch (IOException e) {
        problem("-: " + e);
      }
      return;
    }
    Path path = Path.of(name);
    if (Files.isDirectory(path)) {
      folder(path);
    } else {
      file(path);
    }
  }

  private void folder(Path folder) {
    try {
      Path real = folder.toRealPath();
      if (!ancestors.add(real)) {
        problem(folder + ": a link (expected: one that does not lead back to " + real + ")");
        return;
      }
      List<Path> inside = new ArrayList<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
        all.forEach(inside::add);
      }
      inside.sort(null);
      for (Path each : inside) {
        String name = String.valueOf(each.getFileName());
        if (name.startsWith(".")) {
          continue;
        }
        if (Files.isDirectory(each)) {
          folder(each);
        } else if (ENDING.matcher(name).matches()) {
          file(each);
        }
      }
      ancestors.remove(real);
    } catch (IOException | DirectoryIteratorException e) {
      problem(folder + " (expected: a folder that can be read; " + e + ")");
    }
  }

  private void file(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        problem(file + " (expected: a file or folder that is there)");
      } else if (Files.size(file) > LARGEST_FILE) {
        problem(file + " (expected: at most " + LARGEST_FILE + " bytes)");
      } else {
        take(file.toString(), String.valueOf(file.getFileName()), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      problem(file + " (expected: a file that can be read; " + e + ")");
    }
  }

  /**
   * Takes the machines of a file.
   *
   * @param name its last name, empty when it has none
   */
  private void take(String file, String name, byte[] bytes) {
    try {
      String text = text(bytes);
      List<@Nullable Object> documents =
          name.toLowerCase(Locale.ROOT).endsWith(".json")
              ? DocumentParser.json(text)
              : DocumentParser.yaml(text);
      List<ObjectNode> found = new ArrayList<>();
      boolean single = false;
      for (Object document : documents) {
        single |= document instanceof ObjectNode object && !object.has(MANY);
        collect(document, found);
      }
      if (documents.stream().allMatch(Objects::isNull)) {
        problem(file + ": empty (expected: a machine; take the file away if there is none)");
      }
      String stem = ENDING.matcher(name).replaceFirst("$1");
      for (ObjectNode each : found) {
        machine(file, each, single && found.size() == 1 ? stem : "");
      }
    } catch (DocumentParser.MalformedException e) {
      problem(file + ":" + e.line() + ": " + e.getMessage());
    } catch (CharacterCodingException e) {
      problem(file + " (expected: UTF-8)");
    }
  }

  private static String text(byte[] bytes) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  private static void collect(@Nullable Object document, List<ObjectNode> found)
      throws DocumentParser.MalformedException {
    if (document == null) {
      return;
    }
    if (document instanceof ObjectNode object && object.has(MANY)) {
      if (object.size() > 1 || !(object.get(MANY) instanceof List<?>)) {
        throw new DocumentParser.MalformedException(
            object.line(MANY), MANY + " (expected: a list of machines, and no other field)");
      }
      collect(object.get(MANY), found);
    } else if (document instanceof ObjectNode object) {
      found.add(object);
    } else if (document instanceof List<?> list) {
      for (Object each : list) {
        if (!(each instanceof ObjectNode object)) {
          throw new DocumentParser.MalformedException(
              1, "list (expected: of machines; one is " + each + ")");
        }
        found.add(object);
      }
    } else {
      throw new DocumentParser.MalformedException(
          1, "document (expected: a machine, a list of machines, or machines: and such a list)");
    }
  }

  private void machine(String file, ObjectNode object, String stem) {
    String place = file + ":" + object.line();
    Map<String, @Nullable Object> plain = object.plain();
    Object given = plain.get("id");
    if (given == null && stem.isEmpty()) {
      problem(place + ": id (expected: the name of the machine)");
      return;
    }
    String id = given instanceof String text ? text : given == null ? stem : String.valueOf(given);
    plain.put("id", given == null ? stem : given);
    try {
      Machine machine = MachineDocument.read(id, plain, null);
      taken("id " + id, place, "id: " + id);
      for (MacAddress mac : machine.macs()) {
        taken("mac " + mac.colons(), file + ":" + object.line("macs"), "macs: " + mac.colons());
      }
      if (!machine.uuid().isEmpty()) {
        String at = file + ":" + object.line("uuid");
        taken("uuid " + machine.uuid(), at, "uuid: " + machine.uuid());
      }
      machines.put(id, plain);
    } catch (FieldException e) {
      String message = String.valueOf(e.getMessage());
      String shown = object.shown(e.field());
      boolean says = !message.startsWith(e.field() + " (");
      problem(
          file
              + ":"
              + object.line(e.field())
              + ": "
              + (says || shown.isEmpty()
                  ? message
                  : e.field() + ": " + shown + message.substring(e.field().length())));
    }
  }

  private void taken(String name, String place, String what) {
    String other = places.putIfAbsent(name, place);
    if (other != null) {
      problem(place + ": " + what + " (expected: once; " + other + " has it, too)");
    }
  }
}
