package io.otakey.protocol.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the CBOR subset of the protocol deterministically (RFC 8949 4.2.1): shortest heads,
 * definite lengths. The caller writes map keys in ascending order.
 */
public final class CborWriter {
  private static final int UNSIGNED = 0;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int MAP = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

  /** Opens a map of so many entries; each is a key and a value. */
  public CborWriter map(int entries) {
    return head(MAP, entries);
  }

  /** An unsigned integer, as key or value. */
  public CborWriter unsigned(long value) {
    return head(UNSIGNED, value);
  }

  /** A byte string. */
  public CborWriter bytes(byte[] value) {
    head(BYTES, value.length);
    out.writeBytes(value);
    return this;
  }

  /** A text string. */
  public CborWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(TEXT, utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  /** What was written so far. */
  public byte[] toBytes() {
    return out.toByteArray();
  }

  private CborWriter head(int major, long value) {
    if (value < 24) {
      out.write((major << 5) | (int) value);
    } else if (value < 0x100) {
      out.write((major << 5) | 24);
      bigEndian(value, 1);
    } else if (value < 0x1_0000) {
      out.write((major << 5) | 25);
      bigEndian(value, 2);
    } else if (value < 0x1_0000_0000L) {
      out.write((major << 5) | 26);
      bigEndian(value, 4);
    } else {
      throw new IllegalArgumentException("the protocol has no number above 32 bits");
    }
    return this;
  }

  private void bigEndian(long value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) {
      out.write((int) (value >>> (8 * i)));
    }
  }
}
