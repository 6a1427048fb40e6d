package io.otakey.protocol.handshake;

import io.otakey.protocol.wire.CborReader;
import io.otakey.protocol.wire.CborWriter;
import io.otakey.protocol.wire.MalformedFrameException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a device says of itself when it opens a handshake (protocol section 5).
 *
 * @param firmwareVersion up to 32 bytes of text
 * @param lastError a code of the device's own, unsigned 32 bits
 */
public record OpeningPayload(Optional<String> firmwareVersion, OptionalLong lastError) {
  /** Nothing said. */
  public static final OpeningPayload EMPTY =
      new OpeningPayload(Optional.empty(), OptionalLong.empty());

  private static final int MAX_FIRMWARE_VERSION = 32;

  /** The CBOR that goes into the first Noise message. */
  public byte[] encode() {
    CborWriter out = new CborWriter();
    out.map((firmwareVersion.isPresent() ? 1 : 0) + (lastError.isPresent() ? 1 : 0));
    firmwareVersion.ifPresent(text -> out.unsigned(1).text(text));
    lastError.ifPresent(code -> out.unsigned(2).unsigned(code));
    return out.toBytes();
  }

  static OpeningPayload decode(byte[] cbor) throws MalformedFrameException {
    String[] firmwareVersion = new String[1];
    OptionalLong[] lastError = {OptionalLong.empty()};
    CborReader.document(
        cbor,
        (key, in) -> {
          switch (CborReader.smallKey(key)) {
            case 1 -> firmwareVersion[0] = in.text(0, MAX_FIRMWARE_VERSION);
            case 2 -> lastError[0] = OptionalLong.of(in.unsigned(0xffff_ffffL));
            default -> in.skip();
          }
        });
    return new OpeningPayload(Optional.ofNullable(firmwareVersion[0]), lastError[0]);
  }
}
