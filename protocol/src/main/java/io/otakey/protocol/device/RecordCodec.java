package io.otakey.protocol.device;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The words of a record (protocol section 7): a header (magic; version and body length; sequence
 * number), the body (epoch; device key; lengths and flags; token; connection), the check value, and
 * four marker words. Bytes fill words in big-endian order, padded with zeros.
 */
final class RecordCodec {
  /** Marker: the record is complete. */
  static final int STORED = 0x53544f31;

  /** Marker: set at boot, so that a STORED word that was cut short cannot change its mind. */
  static final int STORED2 = 0x53544f32;

  /** Marker: the platform accepted a login. */
  static final int VERIFIED = 0x56455249;

  /** Marker: the gateway acknowledged the key. */
  static final int CONFIRMED = 0x434f4e46;

  /** The first word that may reveal the key. */
  static final int SECRET_FROM = 4;

  private static final int MAGIC = 0x4f544b31;
  private static final int VERSION = 1;
  private static final int HEADER = 3;
  private static final int KEY_WORDS = 8;
  private static final int LENGTHS = SECRET_FROM + KEY_WORDS;
  private static final int CHECK_WORDS = 2;
  private static final int MARKERS = 4;
  private static final int MAX_CONNECTION = 0xffff;

  private RecordCodec() {}

  /** Words that a record takes with its markers. */
  static int words(KeyRecord record) {
    return markers(record.token().length(), record.connection().length) + MARKERS;
  }

  /** The record's words up to and with the check value; markers follow it. */
  static int[] encode(KeyRecord record) {
    byte[] token = record.token().toBytes();
    byte[] connection = record.connection();
    int size = markers(token.length, connection.length);
    ByteBuffer bytes = ByteBuffer.allocate(size * Integer.BYTES);
    bytes.putInt(MAGIC).putInt(VERSION << 16 | (size - HEADER - CHECK_WORDS));
    bytes.putInt(record.sequence()).putInt((int) record.epoch());
    bytes.put(record.deviceKey().expose());
    bytes.put((byte) (record.verify() ? 1 : 0)).put((byte) token.length);
    bytes.putShort((short) connection.length);
    bytes.put(token).position((LENGTHS + 1 + wordsFor(token.length)) * Integer.BYTES);
    bytes.put(connection);
    int checkAt = (size - CHECK_WORDS) * Integer.BYTES;
    byte[] all = bytes.array();
    System.arraycopy(Hmac.sha256(Arrays.copyOf(all, checkAt)), 0, all, checkAt, 8);
    int[] words = new int[size];
    ByteBuffer.wrap(all).asIntBuffer().get(words);
    Arrays.fill(all, (byte) 0);
    return words;
  }

  /** Where the markers of the record in this slot stand, or -1 if the check value does not hold. */
  static int checkedMarkers(Flash flash, int slot) {
    if (flash.read(slot, 0) != MAGIC || flash.read(slot, 1) >>> 16 != VERSION) {
      return -1;
    }
    int size = HEADER + (flash.read(slot, 1) & 0xffff) + CHECK_WORDS;
    int lengths = flash.read(slot, LENGTHS);
    int token = lengths >>> 16 & 0xff;
    boolean sane = token >= 1 && token <= Token.MAX_LENGTH;
    if (!sane || size != markers(token, lengths & 0xffff) || size + MARKERS > flash.words()) {
      return -1;
    }
    byte[] covered = bytes(flash, slot, 0, size - CHECK_WORDS);
    byte[] check = Arrays.copyOf(Hmac.sha256(covered), CHECK_WORDS * Integer.BYTES);
    Arrays.fill(covered, (byte) 0);
    return Arrays.equals(check, bytes(flash, slot, size - CHECK_WORDS, CHECK_WORDS)) ? size : -1;
  }

  /** The record in this slot; only after {@link #checkedMarkers} found one. */
  static KeyRecord decode(Flash flash, int slot) {
    int lengths = flash.read(slot, LENGTHS);
    int token = lengths >>> 16 & 0xff;
    int tokenWords = wordsFor(token);
    int connection = lengths & MAX_CONNECTION;
    return new KeyRecord(
        sequence(flash, slot),
        flash.read(slot, HEADER) & 0xffff_ffffL,
        Secret.adopt(bytes(flash, slot, SECRET_FROM, KEY_WORDS)),
        Token.of(Arrays.copyOf(bytes(flash, slot, LENGTHS + 1, tokenWords), token)),
        Arrays.copyOf(
            bytes(flash, slot, LENGTHS + 1 + tokenWords, wordsFor(connection)), connection),
        lengths >>> 24 != 0);
  }

  static int sequence(Flash flash, int slot) {
    return flash.read(slot, 2);
  }

  /** Writes zeros over key and token, whatever else stands there. */
  static void zeroise(Flash flash, int slot) {
    int end = Math.min(flash.words(), LENGTHS + 1 + wordsFor(Token.MAX_LENGTH));
    int token = flash.read(slot, LENGTHS) >>> 16 & 0xff;
    if (token >= 1 && token <= Token.MAX_LENGTH) {
      end = LENGTHS + 1 + wordsFor(token);
    }
    for (int word = SECRET_FROM; word < end; word++) {
      if (word != LENGTHS) {
        flash.write(slot, word, 0);
      }
    }
  }

  private static int markers(int tokenLength, int connectionLength) {
    return LENGTHS + 1 + wordsFor(tokenLength) + wordsFor(connectionLength) + CHECK_WORDS;
  }

  private static int wordsFor(int bytes) {
    return (bytes + Integer.BYTES - 1) / Integer.BYTES;
  }

  private static byte[] bytes(Flash flash, int slot, int from, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Integer.BYTES);
    for (int word = from; word < from + count; word++) {
      bytes.putInt(flash.read(slot, word));
    }
    return bytes.array();
  }

  /** Whether the record in this slot has a place to stand: for records that are too large. */
  static Optional<int[]> encodeIfItFits(KeyRecord record, int words) {
    boolean fits = record.connection().length <= MAX_CONNECTION && words(record) <= words;
    return fits ? Optional.of(encode(record)) : Optional.empty();
  }
}
