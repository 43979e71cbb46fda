package io.sluice.bench;

import io.sluice.bench.machine.BootSequence;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.PathTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What each machine asks for. */
final class BootOptions {
  private static final Pattern METHOD = Pattern.compile("[A-Z]+:/.*");

  @Option(
      names = "--script",
      paramLabel = "PATH",
      description =
          "Script, on a connection of its own. Paths may hold {mac}, {mac:hexhyp}, {mac:hexraw}"
              + " and {n}.")
  @Nullable PathTemplate script;

  @Option(names = "--kernel", paramLabel = "PATH", description = "Kernel, after the script.")
  @Nullable PathTemplate kernel;

  @Option(names = "--initrd", paramLabel = "PATH", description = "Initrd, after the kernel.")
  @Nullable PathTemplate initrd;

  @Option(
      names = "--image",
      paramLabel = "PATH",
      description = "Image, on a new connection. Without any path: the path of the target's URL.")
  @Nullable PathTemplate image;

  @Option(
      names = "--completion",
      paramLabel = "[METHOD:]PATH",
      description = "Call when all is done; POST unless it says otherwise.")
  @Nullable String completion;

  /** The sequence, for targets whose own path is this. */
  BootSequence sequence(CommandSpec spec, String targetPath) {
    List<BootSequence.Step> steps = new ArrayList<>();
    add(steps, BootStage.SCRIPT, script, targetPath);
    add(steps, BootStage.KERNEL, kernel, targetPath);
    add(steps, BootStage.INITRD, initrd, targetPath);
    add(steps, BootStage.IMAGE, image, targetPath);
    if (completion != null) {
      steps.add(completionStep(spec, completion, targetPath));
    }
    if (steps.isEmpty() && targetPath.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--image: missing (expected: a stage to rehearse, or a --target with a path)");
    }
    if (steps.isEmpty()) {
      add(steps, BootStage.IMAGE, new PathTemplate(targetPath), "");
    }
    return new BootSequence(steps);
  }

  private static BootSequence.Step completionStep(
      CommandSpec spec, String text, String targetPath) {
    boolean named = METHOD.matcher(text).matches();
    int colon = named ? text.indexOf(':') : -1;
    try {
      PathTemplate path = new PathTemplate(targetPath + text.substring(colon + 1));
      return new BootSequence.Step(
          BootStage.COMPLETION, named ? text.substring(0, colon) : "POST", path);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(
          spec.commandLine(), "--completion: " + wrong.getMessage(), wrong);
    }
  }

  private static void add(
      List<BootSequence.Step> steps,
      BootStage stage,
      @Nullable PathTemplate path,
      String targetPath) {
    if (path != null) {
      PathTemplate whole = new PathTemplate(targetPath + path.text());
      steps.add(new BootSequence.Step(stage, "GET", whole));
    }
  }
}
