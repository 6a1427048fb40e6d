package io.otakey.gateway;

import io.otakey.gateway.cli.CommandTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Manual pages of the command line, from what the commands themselves say: {@code otakey.1} and one
 * for each of its commands, with all that is below it; and how a shell completes them.
 */
public final class ManPages {
  private static final String SECTION = "1";

  private final StringBuilder page = new StringBuilder();

  private ManPages() {}

  /**
   * Writes them.
   *
   * @param arguments folder, version, date as 2026-01-31, file of the completion for bash
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    CommandLine root = CommandTree.whole(new Main());
    Files.writeString(Path.of(arguments[3]), AutoComplete.bash(root.getCommandName(), root));
    write(folder, root, arguments[1], arguments[2]);
    for (CommandLine command : subcommands(root)) {
      write(folder, command, arguments[1], arguments[2]);
    }
  }

  private static void write(Path folder, CommandLine command, String version, String date)
      throws IOException {
    String name = command.getCommandSpec().qualifiedName("-");
    Files.writeString(
        folder.resolve(name + "." + SECTION), new ManPages().text(command, name, version, date));
  }

  /** Each once, though it may have aliases. */
  private static Collection<CommandLine> subcommands(CommandLine command) {
    return new LinkedHashSet<>(command.getSubcommands().values());
  }

  private String text(CommandLine command, String name, String version, String date) {
    CommandSpec spec = command.getCommandSpec();
    macro(
        "TH", name.toUpperCase(Locale.ROOT), SECTION, date, "otakey " + version, "OTA-Key Gateway");
    macro("SH", "NAME");
    line(name.replace("-", "\\-") + " \\- " + escaped(summary(spec)));
    macro("SH", "SYNOPSIS");
    synopsis(command);
    macro("SH", "DESCRIPTION");
    paragraphs(spec.usageMessage().description());
    options(spec);
    if (!command.getSubcommands().isEmpty()) {
      macro("SH", "COMMANDS");
      boolean root = spec.parent() == null;
      for (CommandLine sub : subcommands(command)) {
        if (root) {
          item(sub.getCommandName(), summary(sub.getCommandSpec()));
        } else {
          section(sub);
        }
      }
    }
    footer(spec);
    return page.toString();
  }

  /** A command of a group, and those below it. */
  private void section(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    macro("SS", spec.qualifiedName());
    if (command.getSubcommands().isEmpty()) {
      synopsis(command);
      macro("PP");
    }
    paragraphs(spec.usageMessage().description());
    arguments(spec);
    subcommands(command).forEach(this::section);
  }

  private void options(CommandSpec spec) {
    macro("SH", "OPTIONS");
    arguments(spec);
    item("-h, --help", "Show what a command takes, and stop.");
  }

  private void arguments(CommandSpec spec) {
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!meaning(parameter).isEmpty()) {
        item(parameter.paramLabel(), meaning(parameter));
      }
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden() && !option.inherited() && !isOfAll(option)) {
        String names = String.join(", ", option.names());
        String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
        item(names + label, meaning(option));
      }
    }
  }

  /** What every command has. */
  private static boolean isOfAll(OptionSpec option) {
    return option.usageHelp() || option.versionHelp();
  }

  private static String meaning(ArgSpec argument) {
    return String.join(" ", argument.description());
  }

  private void footer(CommandSpec spec) {
    if (spec.usageMessage().footer().length > 0) {
      macro("SH", "NOTES");
      paragraphs(spec.usageMessage().footer());
    }
    macro("SH", "SEE ALSO");
    line("docs/operations.md, docs/configuration.md");
  }

  private void synopsis(CommandLine command) {
    Help help = new Help(command.getCommandSpec(), Help.defaultColorScheme(Help.Ansi.OFF));
    String text = help.synopsis(0).strip().replaceAll("\\s+", " ");
    line(escaped(text));
  }

  private static String summary(CommandSpec spec) {
    String[] description = spec.usageMessage().description();
    return description.length == 0 ? spec.qualifiedName() : plain(description[0]);
  }

  private void paragraphs(String[] lines) {
    for (String text : lines) {
      if (text.isEmpty()) {
        macro("PP");
      } else {
        line(escaped(plain(text)));
      }
    }
  }

  private void item(String term, String meaning) {
    macro("TP");
    line("\\fB" + escaped(term) + "\\fR");
    line(escaped(plain(meaning)));
  }

  /** Without the format characters and markup of picocli. */
  private static String plain(String text) {
    return Help.Ansi.OFF.string(text.replace("%n", " ").replace("%%", "%")).replaceAll("\\s+", " ");
  }

  private static String escaped(String text) {
    String safe = text.replace("\\", "\\e").replace("-", "\\-");
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }

  private void macro(String name, String... words) {
    page.append('.').append(name);
    for (String word : List.of(words)) {
      page.append(" \"").append(word.replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
