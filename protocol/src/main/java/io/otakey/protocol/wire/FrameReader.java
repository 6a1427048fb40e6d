package io.otakey.protocol.wire;

import java.nio.charset.StandardCharsets;

/** A strict cursor over one frame: every read is bounds-checked, every name is checked. */
final class FrameReader {
  private final byte[] frame;
  private int position;

  FrameReader(byte[] frame, int position) {
    this.frame = frame;
    this.position = position;
  }

  int position() {
    return position;
  }

  int remaining() {
    return frame.length - position;
  }

  int u8() throws MalformedFrameException {
    need(1);
    return frame[position++] & 0xff;
  }

  long u32() throws MalformedFrameException {
    need(4);
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value = (value << 8) | (frame[position++] & 0xff);
    }
    return value;
  }

  byte[] take(int length) throws MalformedFrameException {
    need(length);
    byte[] bytes = new byte[length];
    System.arraycopy(frame, position, bytes, 0, length);
    position += length;
    return bytes;
  }

  void skip(int length) throws MalformedFrameException {
    need(length);
    position += length;
  }

  DeviceRef ref() throws MalformedFrameException {
    String productId = ascii(u8());
    String deviceId = ascii(u8());
    if (!DeviceRef.isProductId(productId) || !DeviceRef.isDeviceId(deviceId)) {
      throw new MalformedFrameException("ill-formed product id or device id");
    }
    return new DeviceRef(productId, deviceId);
  }

  Token token() throws MalformedFrameException {
    int length = u8();
    if (length < 1 || length > Token.MAX_LENGTH) {
      throw new MalformedFrameException("token length outside 1..32");
    }
    return Token.of(take(length));
  }

  KeyRef keyRef() throws MalformedFrameException {
    return new KeyRef(ref(), u32(), token());
  }

  void end() throws MalformedFrameException {
    if (remaining() != 0) {
      throw new MalformedFrameException("trailing bytes");
    }
  }

  private String ascii(int length) throws MalformedFrameException {
    need(length);
    String text = new String(frame, position, length, StandardCharsets.ISO_8859_1);
    position += length;
    return text;
  }

  private void need(int length) throws MalformedFrameException {
    if (remaining() < length) {
      throw new MalformedFrameException("truncated");
    }
  }
}
