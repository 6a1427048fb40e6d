package io.otakey.gateway.admin;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** The Intel HEX form of a block of bytes that does not cross a 64 KiB boundary. */
final class IntelHex {
  private static final int DATA = 0;
  private static final int END = 1;
  private static final int UPPER_ADDRESS = 4;
  private static final int PER_RECORD = 16;

  private IntelHex() {}

  /**
   * The records as text.
   *
   * @param address 0..4294967295
   */
  static String write(long address, byte[] bytes) {
    StringBuilder hex = new StringBuilder();
    byte[] upper = ByteBuffer.allocate(2).putShort((short) (address >>> 16)).array();
    record(hex, 0, UPPER_ADDRESS, upper, 0, 2);
    for (int at = 0; at < bytes.length; at += PER_RECORD) {
      int length = Math.min(PER_RECORD, bytes.length - at);
      record(hex, (int) (address & 0xffff) + at, DATA, bytes, at, length);
    }
    record(hex, 0, END, bytes, 0, 0);
    return hex.toString();
  }

  private static void record(
      StringBuilder hex, int offset, int type, byte[] bytes, int from, int length) {
    ByteBuffer record = ByteBuffer.allocate(length + 5);
    record.put((byte) length).putShort((short) offset).put((byte) type).put(bytes, from, length);
    int sum = 0;
    for (int i = 0; i < record.position(); i++) {
      sum += record.get(i);
    }
    record.put((byte) -sum);
    hex.append(':').append(HexFormat.of().withUpperCase().formatHex(record.array())).append('\n');
  }
}
