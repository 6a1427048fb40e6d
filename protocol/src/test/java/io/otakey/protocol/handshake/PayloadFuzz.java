package io.otakey.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.wire.MalformedFrameException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What handshakes carry under their seal, as whoever holds a key may write it. */
public final class PayloadFuzz implements FuzzTarget.Suite {
  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        FuzzTarget.of("grant-payload", GrantSamples.all(), PayloadFuzz::grant),
        FuzzTarget.of(
            "opening-payload",
            List.of(
                new OpeningPayload(Optional.of("firmware 1.2"), OptionalLong.of(70_000)).encode(),
                OpeningPayload.EMPTY.encode()),
            PayloadFuzz::opening));
  }

  private static void grant(byte[] cbor) throws MalformedFrameException {
    GrantPayload read;
    try {
      read = GrantPayload.decode(cbor);
    } catch (MalformedFrameException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    byte[] written = read.encode();
    assertThat(GrantPayload.decode(written).encode()).isEqualTo(written);
  }

  private static void opening(byte[] cbor) throws MalformedFrameException {
    OpeningPayload read;
    try {
      read = OpeningPayload.decode(cbor);
    } catch (MalformedFrameException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    assertThat(OpeningPayload.decode(read.encode())).isEqualTo(read);
  }
}
