package io.otakey.loadgen.system;

import io.otakey.loadgen.node.GatewayProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code otakey admin} in a process of its own. */
final class AdminProcess {
  private AdminProcess() {}

  /**
   * What a command prints, errors and all; it has to succeed.
   *
   * @param token file of the first token
   */
  static String run(GatewayProcess gateway, Path token, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", GatewayProgram.classPath(GatewayProcess.thisVersion())));
    command.addAll(List.of(GatewayProgram.MAIN, "admin"));
    command.addAll(List.of(words));
    command.add("--url=http://127.0.0.1:" + gateway.port("admin"));
    command.add("--token-file=" + token);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", words) + ": " + printed);
    }
    return printed;
  }
}
