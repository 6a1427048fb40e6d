package io.otakey.protocol.handshake;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The parsers in C, a process that answers one line after the other; {@code
 * firmware-nrf52/test/twin/twin.c} says which. Not thread-safe.
 */
final class Twin implements AutoCloseable {
  private final Process process;
  private final Writer in;
  private final BufferedReader out;

  Twin(Path program) throws IOException {
    process =
        new ProcessBuilder(program.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    in = process.outputWriter(StandardCharsets.US_ASCII);
    out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** Bytes as one word of a command or answer. */
  static String hex(byte[] bytes) {
    return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
  }

  String ask(String command) {
    try {
      in.write(command);
      in.write('\n');
      in.flush();
      String line = out.readLine();
      if (line == null) {
        throw new AssertionError("the program in C ended at: " + command);
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
