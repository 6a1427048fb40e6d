package io.otakey.gateway.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A command with those below it. To read the options of all of them takes picocli half a second of
 * CPU, so that a line which is executed has only those that it names, and of the others what the
 * help of their parent shows.
 */
public final class CommandTree {
  /** A command with others below it that are made when they are named. */
  public interface Parent {
    /** Their classes, with {@link Command}, in the order of the help. */
    List<Class<?>> subcommands();
  }

  private CommandTree() {}

  /** All there is. */
  public static CommandLine whole(Object root) {
    return line(root, command -> true);
  }

  /** What is executed with these arguments. */
  public static CommandLine named(Object root, String... arguments) {
    Set<String> named = Set.copyOf(Arrays.asList(arguments));
    return line(root, command -> named.contains(command.name()));
  }

  private static CommandLine line(Object root, Predicate<Command> isNamed) {
    CommandLine line = new CommandLine(root);
    if (root instanceof Parent parent) {
      for (Class<?> type : parent.subcommands()) {
        Command command = type.getAnnotation(Command.class);
        line.addSubcommand(
            command.name(), isNamed.test(command) ? line(make(type), isNamed) : title(command));
      }
    }
    return line;
  }

  private static Object make(Class<?> type) {
    try {
      return CommandLine.defaultFactory().create(type);
    } catch (Exception e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
  }

  private static CommandLine title(Command command) {
    CommandSpec spec = CommandSpec.create().name(command.name());
    spec.usageMessage().description(command.description());
    return new CommandLine(spec);
  }
}
