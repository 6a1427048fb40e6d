package io.otakey.loadgen.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of the system that are over in a moment. */
final class Program {
  private Program() {}

  /**
   * Runs one to its end and gives back what it said.
   *
   * @throws IOException if it is not there, or complained: with its first line
   */
  static String run(String input, List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // it ended before it had read all, and says why
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() == 0) {
        return said;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command.get(0) + " was interrupted", e);
    }
    throw new IOException(said.strip().lines().findFirst().orElse(command.get(0) + " failed"));
  }
}
