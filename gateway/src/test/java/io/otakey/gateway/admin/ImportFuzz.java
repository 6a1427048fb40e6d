package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Files of devices to register, as a stream: the same rows, however it is cut into parts. */
public final class ImportFuzz implements FuzzTarget.Suite {
  private static final int EACH = 8000;

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        new FuzzTarget(
            "import-csv",
            EACH,
            FuzzTarget.texts(
                "deviceId,productId,note\r\na1,thermo,\"x,\"\"y\"\"\"\r\nb2,other,\r\n",
                "\ufeffsn-1\nsn-2\n\n\"sn-3\""),
            bytes -> rows("text/csv", bytes)),
        new FuzzTarget(
            "import-ndjson",
            EACH,
            FuzzTarget.texts("{\"deviceId\":\"a1\",\"productId\":\"thermo\"}\n{\"deviceId\":1}\n"),
            bytes -> rows("application/x-ndjson", bytes)));
  }

  private static void rows(String mediaType, byte[] bytes) {
    List<String> whole = read(mediaType, bytes, bytes.length);
    for (int part : new int[] {1, 7}) {
      assertThat(read(mediaType, bytes, part)).isEqualTo(whole);
    }
  }

  private static List<String> read(String mediaType, byte[] bytes, int part) {
    ImportFormat format = ImportFormat.of(mediaType, "thermo");
    List<String> rows = new ArrayList<>();
    LineSplitter splitter =
        new LineSplitter(
            new LineSplitter.Lines() {
              @Override
              public void line(byte[] line) {
                assertThat(line.length).isLessThanOrEqualTo(LineSplitter.MAX_LINE);
                rows.add(checked(format.read(line)).toString());
              }

              @Override
              public void tooLong() {
                rows.add("too long");
              }
            });
    Buffer all = Buffer.buffer(bytes);
    for (int from = 0; from < bytes.length; from += part) {
      splitter.feed(all.slice(from, Math.min(bytes.length, from + part)));
    }
    splitter.end();
    return rows;
  }

  private static ImportFormat.Row checked(ImportFormat.Row row) {
    if (row instanceof ImportFormat.Row.Device device) {
      assertThat(DeviceRef.isDeviceId(device.deviceId())).isTrue();
    } else if (row instanceof ImportFormat.Row.Bad bad) {
      assertThat(bad.problem()).isNotBlank();
    }
    return row;
  }
}
