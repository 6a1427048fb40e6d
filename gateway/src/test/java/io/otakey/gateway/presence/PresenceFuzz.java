package io.otakey.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.AskedDevice;
import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** What another node says of devices that were asked. */
public final class PresenceFuzz implements FuzzTarget.Suite {
  @Override
  public List<FuzzTarget> targets() {
    AskedDevice asked =
        new AskedDevice(new DeviceRef("thermo", "a1"), 0xffff_fffeL, Answer.Action.ROTATE);
    byte[] seed = Announcement.encode(List.of(asked, asked)).getBytes();
    return List.of(
        FuzzTarget.of(
            "announcement",
            List.of(seed),
            bytes ->
                Announcement.decode(Buffer.buffer(bytes))
                    .ifPresent(
                        read ->
                            assertThat(Announcement.encode(read).getBytes()).isEqualTo(bytes))));
  }
}
