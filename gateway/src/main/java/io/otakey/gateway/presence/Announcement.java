package io.otakey.gateway.presence;

import io.otakey.gateway.registry.AskedDevice;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Devices that were asked, as they travel from node to node. For each: epoch(4), action(1), product
 * id and device id, each after one byte of its length. Big-endian.
 */
final class Announcement {
  /** The event bus address; a message of another form gets another one. */
  static final String ADDRESS = "otakey.asked.1";

  /** Devices in one message: short enough for the event loop that reads it. */
  static final int MAX_DEVICES = 500;

  private Announcement() {}

  /** Of these, what is asked of those that are to be told. */
  static List<Buffer> messages(List<AskedDevice> devices) {
    List<AskedDevice> due =
        devices.stream().filter(device -> device.action() != Answer.Action.NONE).toList();
    List<Buffer> messages = new ArrayList<>();
    for (int from = 0; from < due.size(); from += MAX_DEVICES) {
      messages.add(encode(due.subList(from, Math.min(due.size(), from + MAX_DEVICES))));
    }
    return messages;
  }

  static Buffer encode(List<AskedDevice> devices) {
    Buffer bytes = Buffer.buffer(devices.size() * 48);
    for (AskedDevice device : devices) {
      bytes.appendUnsignedInt(device.epoch()).appendByte((byte) device.action().code());
      text(bytes, device.ref().productId());
      text(bytes, device.ref().deviceId());
    }
    return bytes;
  }

  private static void text(Buffer bytes, String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    bytes.appendByte((byte) ascii.length).appendBytes(ascii);
  }

  /** Empty for bytes that no node of this version sends. */
  static Optional<List<AskedDevice>> decode(Buffer bytes) {
    try {
      List<AskedDevice> devices = new ArrayList<>();
      int at = 0;
      while (at < bytes.length()) {
        long epoch = bytes.getUnsignedInt(at);
        Answer.Action action = Answer.Action.of(bytes.getUnsignedByte(at + 4));
        int product = bytes.getUnsignedByte(at + 5);
        int device = bytes.getUnsignedByte(at + 6 + product);
        int end = at + 7 + product + device;
        String productId = bytes.getString(at + 6, at + 6 + product);
        String deviceId = bytes.getString(at + 7 + product, end);
        devices.add(new AskedDevice(new DeviceRef(productId, deviceId), epoch, action));
        at = end;
      }
      return devices.size() > MAX_DEVICES ? Optional.empty() : Optional.of(devices);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
