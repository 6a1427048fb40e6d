package io.otakey.gateway;

import io.otakey.gateway.cli.AdminCommand;
import io.otakey.gateway.cli.CommandTree;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code otakey admin} against a gateway in this process. */
final class AdminLine {
  private AdminLine() {}

  static String url(TestGateway node) {
    return "http://127.0.0.1:" + node.gateway().endpoints().port("admin");
  }

  /**
   * What a command prints, errors and all.
   *
   * @param code that it has to end with
   */
  static String run(TestGateway node, Path token, int code, String... words) {
    List<String> line = new ArrayList<>(List.of(words));
    line.add("--url=" + url(node));
    line.add("--token-file=" + token);
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed, true);
    String[] arguments = line.toArray(String[]::new);
    int ended =
        CommandTree.named(new AdminCommand(), arguments).setOut(out).setErr(out).execute(arguments);
    if (ended != code) {
      throw new AssertionError(String.join(" ", words) + " ends with " + ended + ": " + printed);
    }
    return printed.toString();
  }
}
