package io.otakey.protocol.wire;

import java.util.Arrays;

/** Collects the bytes of one frame; grows never beyond {@link Frames#MAX_LENGTH}. */
final class FrameWriter {
  private byte[] buffer = new byte[256];
  private int length;

  FrameWriter u8(int value) {
    room(1);
    buffer[length++] = (byte) value;
    return this;
  }

  FrameWriter u32(long value) {
    room(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      buffer[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  FrameWriter raw(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
    return this;
  }

  FrameWriter ref(DeviceRef ref) {
    byte[] product = ref.productBytes();
    byte[] device = ref.deviceBytes();
    return u8(product.length).raw(product).u8(device.length).raw(device);
  }

  FrameWriter token(Token token) {
    return u8(token.length()).raw(token.toBytes());
  }

  FrameWriter keyRef(KeyRef key) {
    return ref(key.ref()).u32(key.epoch()).token(key.token());
  }

  byte[] bytes() {
    return Arrays.copyOf(buffer, length);
  }

  private void room(int more) {
    if (length + more > Frames.MAX_LENGTH) {
      throw new IllegalArgumentException("frame longer than " + Frames.MAX_LENGTH + " bytes");
    }
    if (length + more > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
    }
  }
}
