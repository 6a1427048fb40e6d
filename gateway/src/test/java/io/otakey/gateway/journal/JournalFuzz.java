package io.otakey.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Connection;
import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Records of a journal; most inputs get a checksum that is right, as whoever may write one can. */
public final class JournalFuzz implements FuzzTarget.Suite {
  @Override
  public List<FuzzTarget> targets() {
    return List.of(FuzzTarget.of("journal-records", seeds(), JournalFuzz::records));
  }

  private static List<byte[]> seeds() {
    DeviceRow row =
        new DeviceRow(RowStatus.BLOCKED, 7, Optional.of(Token.of(new byte[15])), 3, 2, 1, true);
    Change device =
        new Change.Device(
            Change.Cause.BLOCKED,
            new DeviceRef("thermo", "a1"),
            row,
            Optional.of(RowStatus.ACTIVE));
    Change connection =
        new Change.NewConnection(
            4,
            new Connection(
                "cloud",
                "mqtt",
                "broker.example",
                1883,
                Optional.of("client"),
                Optional.empty(),
                Optional.of("p/"),
                Optional.of(new byte[32])));
    Change labels =
        new Change.Labels(
            new DeviceRef("thermo", "a1"), Map.of("site", "paris", "group/canary", ""), 5);
    Change generation = new Change.Generation("thermo", 9, true);
    byte[] noText = JournalFormat.encode(5, new Change.Generation("p".repeat(170), 9, true));
    Arrays.fill(noText, JournalFormat.PREFIX + 10, noText.length - 2, (byte) 0xab);
    return List.of(
        noText,
        JournalReader.write(List.of(new JournalEntry(1, device))),
        JournalReader.write(List.of(new JournalEntry(2, connection))),
        JournalReader.write(List.of(new JournalEntry(2, labels))),
        JournalReader.write(List.of(new JournalEntry(3, generation), new JournalEntry(4, device))));
  }

  private static void records(byte[] bytes) {
    byte[] input = bytes.clone();
    mend(input);
    JournalReader.read(input)
        .ifPresent(
            entries -> {
              byte[] written = JournalReader.write(entries);
              List<JournalEntry> again = JournalReader.read(written).orElseThrow();
              assertThat(JournalReader.write(again)).isEqualTo(written);
            });
  }

  /** Length and checksum of the first record, if its body is there and its last bit says so. */
  private static void mend(byte[] record) {
    int length = record.length - JournalFormat.PREFIX;
    if (length < 0 || (record[record.length - 1] & 3) == 3) {
      return;
    }
    ByteBuffer head = ByteBuffer.wrap(record);
    int said = head.getShort(0) & 0xffff;
    int body = said <= length ? said : length;
    head.putShort(0, (short) body);
    CRC32C crc = new CRC32C();
    crc.update(record, 0, 2);
    crc.update(record, JournalFormat.PREFIX, body);
    head.putInt(2, (int) crc.getValue());
  }
}
