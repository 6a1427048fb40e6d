package io.otakey.protocol.wire;

/**
 * ABANDON: a grant will not be used; authenticated by the confirmed key.
 *
 * @param key the confirmed key
 * @param abandoned token of the grant that is given up
 * @param reason why
 */
public record AbandonRequest(byte[] frame, KeyRef key, Token abandoned, Reason reason)
    implements Request.Keyed {
  /** Why a grant was given up. */
  public enum Reason {
    /** The new platform cannot be reached. */
    PLATFORM_UNREACHABLE(1),
    /** The new platform refuses the login. */
    PLATFORM_REFUSED(2),
    /** The record could not be stored. */
    STORAGE_FAILED(3),
    /** CONFIRM was not acknowledged. */
    NOT_ACKNOWLEDGED(4),
    /** The connection is not supported or too large. */
    CONNECTION_NOT_SUPPORTED(5);

    private static final Reason[] BY_CODE = values();

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    /** The code on the wire. */
    public int code() {
      return code;
    }
  }

  static AbandonRequest decode(byte[] frame) throws MalformedFrameException {
    FrameReader reader = new FrameReader(frame, 1);
    KeyRef key = reader.keyRef();
    Token abandoned = reader.token();
    int reason = reader.u8();
    reader.skip(Frames.MAC_LENGTH);
    reader.end();
    if (reason < 1 || reason > Reason.BY_CODE.length) {
      throw new MalformedFrameException("unknown reason");
    }
    return new AbandonRequest(frame, key, abandoned, Reason.BY_CODE[reason - 1]);
  }

  /** The bytes that the mac covers. */
  public static byte[] covered(KeyRef key, Token abandoned, Reason reason) {
    return new FrameWriter()
        .u8(RequestType.ABANDON.code())
        .keyRef(key)
        .token(abandoned)
        .u8(reason.code())
        .bytes();
  }

  @Override
  public RequestType type() {
    return RequestType.ABANDON;
  }
}
