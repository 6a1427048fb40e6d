package io.otakey.loadgen;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry of the load generator. */
@Command(
    name = "otakey loadgen",
    description = "Devices by the thousand, with the real protocol and the real cryptography.",
    mixinStandardHelpOptions = true,
    subcommands = {
      EnrollCommand.class,
      LiveCommand.class,
      PlatformCommand.class,
      FloodCommand.class,
      SiegeCommand.class,
      LoginsCommand.class,
      BaselinesCommand.class,
      CryptoBenchCommand.class,
      RunCommand.class,
      JoinCommand.class,
      CompareCommand.class,
      SchemaCommand.class
    })
public final class Main {
  private Main() {}

  /** Exit code 0: all went well; 1: some device did not end as it should; 2: wrong options. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The commands, for use inside a process. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }
}
