package io.otakey.gateway.journal;

import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Records as bytes: length(2), CRC32C of length and body(4), body: kind(1), time in ms(8), fields.
 * Integers are big-endian; a text is its length(1 or 2) and its UTF-8.
 */
final class JournalFormat {
  /** Before each body. */
  static final int PREFIX = 6;

  /** The longest record, prefix included; a connection's texts, or labels, are what needs it. */
  static final int MAX_RECORD = 4096;

  /** The longest record of a device: 46 bytes, its ids, and a token of any length. */
  private static final int MAX_DEVICE = 256;

  private static final int MIN_BODY = 9;
  private static final int DEVICE = 1;
  private static final int GENERATION = 2;
  private static final int CONNECTION = 3;
  private static final int LABELS = 4;

  private static final List<RowStatus> STATUSES =
      List.of(
          RowStatus.NONE,
          RowStatus.EXPECTED,
          RowStatus.ACTIVE,
          RowStatus.BLOCKED,
          RowStatus.REVOKED,
          RowStatus.REMOVED);

  /** A record that was read, and where the next one begins. */
  record Read(JournalEntry entry, int next) {}

  private JournalFormat() {}

  static byte[] encode(long at, Change change) {
    ByteBuffer out = ByteBuffer.allocate(change instanceof Change.Device ? MAX_DEVICE : MAX_RECORD);
    out.position(PREFIX);
    if (change instanceof Change.Device device) {
      out.put((byte) DEVICE).putLong(at);
      put(out, device);
    } else if (change instanceof Change.Generation generation) {
      out.put((byte) GENERATION).putLong(at);
      put(out, generation.productId());
      out.put((byte) generation.generation()).put((byte) (generation.inRecovery() ? 1 : 0));
    } else if (change instanceof Change.NewConnection made) {
      out.put((byte) CONNECTION).putLong(at);
      put(out, made);
    } else if (change instanceof Change.Labels labels) {
      out.put((byte) LABELS).putLong(at);
      put(out, labels);
    }
    int length = out.position() - PREFIX;
    byte[] record = Arrays.copyOf(out.array(), PREFIX + length);
    ByteBuffer head = ByteBuffer.wrap(record);
    head.putShort((short) length);
    head.putInt(checksum(record, 0, length));
    return record;
  }

  private static void put(ByteBuffer out, Change.Device device) {
    DeviceRow row = device.row();
    out.put((byte) device.cause().code());
    out.put((byte) STATUSES.indexOf(row.status()));
    out.put((byte) device.returnsTo().map(STATUSES::indexOf).orElse(0).intValue());
    out.put((byte) (row.reEnrollApproved() ? 1 : 0));
    put(out, device.ref().productId());
    put(out, device.ref().deviceId());
    out.putInt((int) row.epoch()).putShort((short) row.attempt());
    out.putShort((short) row.connectionId()).put((byte) row.recoveredIn());
    byte[] token = row.token().map(Token::toBytes).orElseGet(() -> new byte[0]);
    out.put((byte) token.length).put(token);
  }

  private static void put(ByteBuffer out, Change.NewConnection made) {
    Connection connection = made.connection();
    out.putShort((short) made.id()).putShort((short) connection.port());
    put(out, connection.platformId());
    put(out, connection.scheme());
    putLong(out, connection.host());
    putLong(out, connection.clientId().orElse(""));
    putLong(out, connection.userName().orElse(""));
    putLong(out, connection.topicPrefix().orElse(""));
    byte[] hash = connection.spkiSha256().orElseGet(() -> new byte[0]);
    out.put((byte) hash.length).put(hash);
  }

  private static void put(ByteBuffer out, Change.Labels labels) {
    put(out, labels.ref().productId());
    put(out, labels.ref().deviceId());
    out.putLong(labels.at()).put((byte) labels.labels().size());
    new TreeMap<>(labels.labels())
        .forEach(
            (key, value) -> {
              put(out, key);
              put(out, value);
            });
  }

  private static void put(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.put((byte) bytes.length).put(bytes);
  }

  private static void putLong(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) bytes.length).put(bytes);
  }

  /** The record that begins there; empty if none does. */
  static Optional<Read> decode(byte[] bytes, int from) {
    if (bytes.length - from < PREFIX + MIN_BODY) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
    int length = in.getShort() & 0xffff;
    int checksum = in.getInt();
    boolean fits = length >= MIN_BODY && length <= Math.min(in.remaining(), MAX_RECORD - PREFIX);
    if (!fits || checksum(bytes, from, length) != checksum) {
      return Optional.empty();
    }
    in.limit(in.position() + length);
    try {
      int kind = in.get();
      long at = in.getLong();
      Change change =
          switch (kind) {
            case DEVICE -> device(in);
            case GENERATION -> new Change.Generation(text(in), in.get() & 0xff, in.get() != 0);
            case CONNECTION -> connection(in);
            case LABELS -> labels(in);
            default -> throw new IllegalArgumentException("kind " + kind);
          };
      return Optional.of(new Read(new JournalEntry(at, change), in.limit()));
    } catch (RuntimeException e) {
      // Right checksum, wrong content: written by a later gateway, or no record at all.
      return Optional.empty();
    }
  }

  private static Change.Device device(ByteBuffer in) {
    int code = in.get();
    Change.Cause cause =
        Arrays.stream(Change.Cause.values())
            .filter(c -> c.code() == code)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("cause " + code));
    RowStatus status = STATUSES.get(in.get());
    int returnsTo = in.get();
    boolean approved = in.get() != 0;
    DeviceRef ref = new DeviceRef(text(in), text(in));
    long epoch = in.getInt() & 0xffff_ffffL;
    int attempt = in.getShort() & 0xffff;
    int connection = in.getShort() & 0xffff;
    int recoveredIn = in.get() & 0xff;
    byte[] token = bytes(in, in.get());
    return new Change.Device(
        cause,
        ref,
        new DeviceRow(
            status,
            epoch,
            token.length == 0 ? Optional.empty() : Optional.of(Token.of(token)),
            attempt,
            connection,
            recoveredIn,
            approved),
        returnsTo == 0 ? Optional.empty() : Optional.of(STATUSES.get(returnsTo)));
  }

  private static Change.NewConnection connection(ByteBuffer in) {
    int id = in.getShort() & 0xffff;
    int port = in.getShort() & 0xffff;
    String platform = text(in);
    String scheme = text(in);
    String host = longText(in);
    Optional<String> client = optional(longText(in));
    Optional<String> user = optional(longText(in));
    Optional<String> topics = optional(longText(in));
    byte[] hash = bytes(in, in.get());
    return new Change.NewConnection(
        id,
        new Connection(
            platform,
            scheme,
            host,
            port,
            client,
            user,
            topics,
            hash.length == 0 ? Optional.empty() : Optional.of(hash)));
  }

  private static Change.Labels labels(ByteBuffer in) {
    DeviceRef ref = new DeviceRef(text(in), text(in));
    long at = in.getLong();
    int count = in.get();
    Map<String, String> labels = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      labels.put(text(in), text(in));
    }
    boolean valid = labels.size() == count && Labels.problems(labels).isEmpty();
    if (!valid || in.hasRemaining()) {
      throw new IllegalArgumentException("labels");
    }
    return new Change.Labels(ref, labels, at);
  }

  private static Optional<String> optional(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static String text(ByteBuffer in) {
    return utf8(bytes(in, in.get() & 0xff));
  }

  private static String longText(ByteBuffer in) {
    return utf8(bytes(in, in.getShort() & 0xffff));
  }

  /** A text that is not UTF-8 was never written: replaced by halves it would be a longer one. */
  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("no UTF-8", e);
    }
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int checksum(byte[] record, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(record, from, 2);
    crc.update(record, from + PREFIX, length);
    return (int) crc.getValue();
  }
}
