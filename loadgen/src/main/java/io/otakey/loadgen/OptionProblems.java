package io.otakey.loadgen;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What is wrong with the options of a command, told all at once. */
final class OptionProblems {
  private OptionProblems() {}

  /** Adds the problem unless the condition holds. */
  static void check(boolean holds, String problem, List<String> problems) {
    if (!holds) {
      problems.add(problem);
    }
  }

  /** Ends the command with all of them, if there are any. */
  static void tell(CommandSpec spec, List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("\n", problems));
    }
  }
}
