package io.otakey.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** That a command line which makes few commands says and does what one of all of them does. */
class CommandTreeTest {
  private static final List<String> UNMADE = List.of("devices", "campaign");

  private final CommandLine all = CommandTree.whole(new AdminCommand());

  @Test
  void everyGroup_helpsAlike_andSoDoesTheirParent() {
    List<List<String>> lines = new ArrayList<>(List.of(List.of(), List.of("--help")));
    all.getSubcommands().keySet().forEach(group -> lines.add(List.of(group, "--help")));
    lines.add(List.of("devices", "unblock", "--help"));
    lines.add(List.of("devices", "reinstate", "--help")); // by an alias
    assertThat(lines).hasSizeGreaterThan(15);
    for (List<String> line : lines) {
      assertThat(said(named(line), line)).as("%s", line).isEqualTo(said(all, line)).isNotEmpty();
    }
  }

  @Test
  void mistakes_areNamedAlike() {
    for (List<String> line : List.of(List.of("devise"), List.of("devices", "lst"))) {
      assertThat(said(named(line), line)).isEqualTo(said(all, line)).startsWith("2 Unmatched");
    }
  }

  @Test
  void whatIsNotNamed_isNotMade() {
    CommandLine line = named(List.of("product", "list"));
    assertThat(commandsOf(line, "product")).contains("list");
    for (String group : UNMADE) {
      assertThat(commandsOf(line, group)).isEmpty();
      assertThat(commandsOf(all, group)).isNotEmpty();
    }
  }

  private static Set<String> commandsOf(CommandLine line, String group) {
    return Objects.requireNonNull(line.getSubcommands().get(group), group)
        .getSubcommands()
        .keySet();
  }

  private static CommandLine named(List<String> line) {
    return CommandTree.named(new AdminCommand(), line.toArray(String[]::new));
  }

  private static String said(CommandLine commands, List<String> line) {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said, true);
    int code = commands.setOut(writer).setErr(writer).execute(line.toArray(String[]::new));
    return code + " " + said;
  }
}
