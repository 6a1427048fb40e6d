package io.otakey.protocol.wire;

/**
 * CONFIRM: the new key is in flash; authenticated by that new key.
 *
 * @param key the new key
 * @param outcome how far the device came
 */
public record ConfirmRequest(byte[] frame, KeyRef key, Outcome outcome) implements Request.Keyed {
  /** How far the device came before it confirmed. */
  public enum Outcome {
    /** The record is stored. */
    STORED(0),
    /** The record is stored and the platform accepted a login with it. */
    STORED_AND_VERIFIED(1);

    private final int code;

    Outcome(int code) {
      this.code = code;
    }

    /** The code on the wire. */
    public int code() {
      return code;
    }
  }

  static ConfirmRequest decode(byte[] frame) throws MalformedFrameException {
    FrameReader reader = new FrameReader(frame, 1);
    KeyRef key = reader.keyRef();
    int outcome = reader.u8();
    reader.skip(Frames.MAC_LENGTH);
    reader.end();
    if (outcome > 1) {
      throw new MalformedFrameException("unknown outcome");
    }
    return new ConfirmRequest(
        frame, key, outcome == 0 ? Outcome.STORED : Outcome.STORED_AND_VERIFIED);
  }

  /** The bytes that the mac covers. */
  public static byte[] covered(KeyRef key, Outcome outcome) {
    return new FrameWriter().u8(RequestType.CONFIRM.code()).keyRef(key).u8(outcome.code()).bytes();
  }

  @Override
  public RequestType type() {
    return RequestType.CONFIRM;
  }
}
