package io.otakey.protocol.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the CBOR subset of the protocol (section 3): refuses indefinite lengths, duplicate keys,
 * nesting deeper than 4 (the outermost map is level 1; a tag is a level), ill-formed heads and
 * trailing bytes. Values of unknown keys are skipped whatever they are, as long as they are
 * well-formed.
 */
public final class CborReader {
  /** Deepest nesting of maps, arrays and tags. */
  public static final int MAX_DEPTH = 4;

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;

  private final byte[] data;
  private int position;
  private int depth;

  /** A reader at the start of the data. */
  public CborReader(byte[] data) {
    this.data = data;
  }

  /** Takes the value of one entry of a map; it must consume exactly that value, or skip it. */
  @FunctionalInterface
  public interface Entry {
    /** Called with the reader just behind the key. */
    void read(long key, CborReader reader) throws MalformedFrameException;
  }

  /** Reads a whole document: one map with unsigned keys, and nothing behind it. */
  public static void document(byte[] data, Entry entry) throws MalformedFrameException {
    CborReader reader = new CborReader(data);
    reader.map(entry);
    if (reader.position != data.length) {
      throw new MalformedFrameException("CBOR: trailing bytes");
    }
  }

  /** The key for use in a switch: itself below 24, else 24; no map of the protocol goes so far. */
  public static int smallKey(long key) {
    return key >= 0 && key < 24 ? (int) key : 24;
  }

  /** Reads a map with unsigned keys. */
  public void map(Entry entry) throws MalformedFrameException {
    long entries = head(MAP);
    enter(entries);
    List<Long> seen = new ArrayList<>();
    for (long i = 0; i < entries; i++) {
      long key = head(UNSIGNED);
      if (seen.contains(key)) {
        throw new MalformedFrameException("CBOR: duplicate key");
      }
      seen.add(key);
      entry.read(key, this);
    }
    depth--;
  }

  /** Reads an unsigned integer of at most {@code max}. */
  public long unsigned(long max) throws MalformedFrameException {
    long value = head(UNSIGNED);
    if (value < 0 || value > max) {
      throw new MalformedFrameException("CBOR: number out of range");
    }
    return value;
  }

  /** Reads a byte string of {@code min} to {@code max} bytes. */
  public byte[] bytes(int min, int max) throws MalformedFrameException {
    return string(BYTES, min, max);
  }

  /** Reads a text string of {@code min} to {@code max} bytes of valid UTF-8. */
  public String text(int min, int max) throws MalformedFrameException {
    byte[] utf8 = string(TEXT, min, max);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedFrameException("CBOR: text is not UTF-8");
    }
  }

  /** Skips one well-formed value and returns its bytes. */
  public byte[] slice() throws MalformedFrameException {
    int from = position;
    skip();
    return Arrays.copyOfRange(data, from, position);
  }

  /** Skips one well-formed value. */
  public void skip() throws MalformedFrameException {
    need(1);
    int major = (data[position] & 0xff) >>> 5;
    switch (major) {
      case UNSIGNED, NEGATIVE -> head(major);
      case BYTES, TEXT -> advance(head(major));
      case ARRAY -> {
        long items = head(ARRAY);
        enter(items);
        for (long i = 0; i < items; i++) {
          skip();
        }
        depth--;
      }
      case MAP -> skipMap();
      case TAG -> {
        head(TAG);
        enter(1);
        skip();
        depth--;
      }
      default -> skipSimple();
    }
  }

  private void skipMap() throws MalformedFrameException {
    long entries = head(MAP);
    enter(entries);
    List<byte[]> seen = new ArrayList<>();
    for (long i = 0; i < entries; i++) {
      byte[] key = slice();
      if (seen.stream().anyMatch(other -> Arrays.equals(other, key))) {
        throw new MalformedFrameException("CBOR: duplicate key");
      }
      seen.add(key);
      skip();
    }
    depth--;
  }

  private void skipSimple() throws MalformedFrameException {
    int low = data[position++] & 0x1f;
    switch (low) {
      case 24 -> {
        need(1);
        if ((data[position++] & 0xff) < 32) {
          throw new MalformedFrameException("CBOR: ill-formed simple value");
        }
      }
      case 25 -> advance(2);
      case 26 -> advance(4);
      case 27 -> advance(8);
      case 28, 29, 30, 31 -> throw new MalformedFrameException("CBOR: ill-formed head");
      default -> {}
    }
  }

  private byte[] string(int major, int min, int max) throws MalformedFrameException {
    long length = head(major);
    if (length < min || length > max) {
      throw new MalformedFrameException("CBOR: string length out of range");
    }
    int from = position;
    advance(length);
    return Arrays.copyOfRange(data, from, position);
  }

  /** Reads a head of this major type; its argument as an unsigned number (negative: above 2^63). */
  private long head(int major) throws MalformedFrameException {
    need(1);
    int first = data[position++] & 0xff;
    if (first >>> 5 != major) {
      throw new MalformedFrameException("CBOR: unexpected type");
    }
    int low = first & 0x1f;
    if (low < 24) {
      return low;
    }
    if (low > 27) {
      throw new MalformedFrameException("CBOR: indefinite length or ill-formed head");
    }
    int bytes = 1 << (low - 24);
    need(bytes);
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = (value << 8) | (data[position++] & 0xff);
    }
    return value;
  }

  private void enter(long items) throws MalformedFrameException {
    if (++depth > MAX_DEPTH) {
      throw new MalformedFrameException("CBOR: nested too deep");
    }
    if (items < 0 || items > data.length) {
      throw new MalformedFrameException("CBOR: more items than bytes");
    }
  }

  private void advance(long bytes) throws MalformedFrameException {
    need(bytes);
    position += (int) bytes;
  }

  private void need(long bytes) throws MalformedFrameException {
    if (bytes < 0 || data.length - position < bytes) {
      throw new MalformedFrameException("CBOR: truncated");
    }
  }
}
