package io.otakey.protocol.handshake;

import io.otakey.protocol.device.LineProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;

/** The parsers in C; {@code firmware-nrf52/test/twin/twin.c} says what they answer. */
final class Twin implements AutoCloseable {
  private final LineProgram program;

  Twin(Path path) throws IOException {
    program = new LineProgram(path);
  }

  /** Bytes as one word of a command or answer. */
  static String hex(byte[] bytes) {
    return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
  }

  String ask(String command) {
    return program.ask(command);
  }

  @Override
  public void close() {
    program.close();
  }
}
