package io.otakey.gateway.journal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Reads files of journals, whatever happened to them: where a record is damaged, reading goes on at
 * the next one that is whole.
 */
public final class JournalReader {
  /** The first 8 bytes of every file, its version among them. */
  static final byte[] MAGIC = {'O', 'T', 'K', 'J', 'R', 'N', 'L', '1'};

  static final int HEADER = MAGIC.length + 16 + 16 + 4;

  /**
   * What a file holds.
   *
   * @param installation that it belongs to
   * @param node that wrote it, at random
   * @param records that are whole
   * @param damagedBytes between whole records, or after the last one
   * @param end of the last whole record
   */
  public record Summary(UUID installation, UUID node, long records, long damagedBytes, long end) {}

  private JournalReader() {}

  /**
   * Reads a file into memory and hands its records over in order.
   *
   * @return empty if it is not a file of a journal
   */
  public static Optional<Summary> read(Path file, Consumer<JournalEntry> each) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Optional<Summary> head = header(bytes);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    int at = HEADER;
    long records = 0;
    long damaged = 0;
    int end = at;
    while (at < bytes.length) {
      Optional<JournalFormat.Read> read = JournalFormat.decode(bytes, at);
      if (read.isPresent()) {
        each.accept(read.get().entry());
        records++;
        at = read.get().next();
        end = at;
      } else {
        damaged++;
        at++;
      }
    }
    return Optional.of(
        new Summary(head.get().installation(), head.get().node(), records, damaged, end));
  }

  /** Records as they stand in a file, without its header. */
  public static byte[] write(List<JournalEntry> entries) {
    ByteArrayOutputStream records = new ByteArrayOutputStream(80 * entries.size());
    entries.forEach(entry -> records.writeBytes(JournalFormat.encode(entry.at(), entry.change())));
    return records.toByteArray();
  }

  /** What {@link #write} wrote; empty if it is not that, to the last byte. */
  public static Optional<List<JournalEntry>> read(byte[] records) {
    List<JournalEntry> entries = new ArrayList<>();
    int at = 0;
    while (at < records.length) {
      Optional<JournalFormat.Read> read = JournalFormat.decode(records, at);
      if (read.isEmpty()) {
        return Optional.empty();
      }
      entries.add(read.get().entry());
      at = read.get().next();
    }
    return Optional.of(entries);
  }

  static byte[] header(UUID installation, UUID node) {
    ByteBuffer header = ByteBuffer.allocate(HEADER).put(MAGIC);
    put(header, installation);
    put(header, node);
    header.putInt(checksum(header.array()));
    return header.array();
  }

  private static void put(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static Optional<Summary> header(byte[] bytes) {
    if (bytes.length < HEADER) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    UUID installation = new UUID(in.getLong(), in.getLong());
    UUID node = new UUID(in.getLong(), in.getLong());
    boolean whole = Arrays.equals(magic, MAGIC) && in.getInt() == checksum(bytes);
    return whole ? Optional.of(new Summary(installation, node, 0, 0, HEADER)) : Optional.empty();
  }

  private static int checksum(byte[] header) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, HEADER - 4);
    return (int) crc.getValue();
  }
}
