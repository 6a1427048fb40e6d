package io.otakey.gateway.exchange;

import io.otakey.protocol.device.LineProgram;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The device in C, a process that obeys one line after the other; {@code
 * firmware-nrf52/test/walk/walk.c} says which. Not thread-safe.
 */
final class WalkedDevice implements AutoCloseable {
  private final LineProgram program;
  private DeviceRef ref = new DeviceRef("walk", "nobody");

  /** A record in flash. */
  record Held(KeyRef key, boolean confirmed, String deviceKey) {}

  /**
   * What became of a command.
   *
   * @param cut the power failed
   * @param next when to step again, milliseconds
   * @param views the records there are, for each way that flash may read; the first is how it does
   */
  record Said(
      boolean cut,
      long next,
      boolean settled,
      boolean login,
      Optional<byte[]> sent,
      List<List<Held>> views) {}

  WalkedDevice(Path path) throws IOException {
    program = new LineProgram(path);
  }

  /** Another device, never switched on. */
  Said begin(long seed, DeviceRef device, byte[] productKey, int gatewayKeyId, byte[] gatewayKey) {
    ref = device;
    return ask(
        "new %d %s %s %d %s"
            .formatted(
                seed & Long.MAX_VALUE,
                device.deviceId(),
                HexFormat.of().formatHex(productKey),
                gatewayKeyId,
                HexFormat.of().formatHex(gatewayKey)));
  }

  Said ask(String command) {
    return parse(program.ask(command));
  }

  private Said parse(String line) {
    int at = line.indexOf('|');
    List<List<Held>> views = new ArrayList<>();
    for (String view : line.substring(at + 1).split("\\|", -1)) {
      views.add(records(view));
    }
    String[] word = line.substring(0, at).split(" ", -1);
    if (word[0].equals("cut")) {
      return new Said(true, 0, false, false, Optional.empty(), views);
    }
    Optional<byte[]> sent =
        word[4].equals("-") ? Optional.empty() : Optional.of(HexFormat.of().parseHex(word[4]));
    return new Said(
        false, Long.parseLong(word[1]), word[2].equals("1"), word[3].equals("1"), sent, views);
  }

  private List<Held> records(String view) {
    List<Held> held = new ArrayList<>();
    for (String slot : view.trim().split(" ", -1)) {
      if (!slot.equals("-")) {
        String[] field = slot.split(",", -1);
        KeyRef key = new KeyRef(ref, Long.parseLong(field[0]), Token.ofHex(field[2]));
        held.add(new Held(key, field[1].equals("1"), field[3]));
      }
    }
    return held;
  }

  @Override
  public void close() {
    program.close();
  }
}
