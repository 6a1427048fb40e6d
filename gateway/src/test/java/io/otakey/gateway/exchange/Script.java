package io.otakey.gateway.exchange;

/** Bytes that say what to do next; zeros where there are none left. */
final class Script {
  private final byte[] bytes;
  private int at;

  Script(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean ended() {
    return at >= bytes.length;
  }

  int next() {
    return ended() ? 0 : bytes[at++] & 0xff;
  }

  byte[] next(int length) {
    byte[] taken = new byte[length];
    for (int i = 0; i < length; i++) {
      taken[i] = (byte) next();
    }
    return taken;
  }

  <T> T any(T[] values) {
    return values[next() % values.length];
  }
}
