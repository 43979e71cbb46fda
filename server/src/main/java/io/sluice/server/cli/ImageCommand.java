package io.sluice.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice image}: image files as the server sees them, and the images of a server. */
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Looks at image files the way the server does, and keeps those of a server.",
    subcommands = {ImageInspect.class, ImageVerify.class, ImageRead.class})
public final class ImageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** With all commands there are. */
  public static CommandLine withAll() {
    CommandLine image = new CommandLine(new ImageCommand());
    RemoteImages.addTo(image);
    return image.setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
