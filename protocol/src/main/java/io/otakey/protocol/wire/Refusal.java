package io.otakey.protocol.wire;

/** Why a request got an ERROR: the codes of protocol section 5. */
public enum Refusal {
  /** Not a frame. */
  MALFORMED(1),
  /** ROTATE with the right guard but an unknown gateway key or a failed handshake. */
  UNSUPPORTED(2),
  /** No authentication; one code for all reasons, so that nothing can be probed. */
  NOT_RECOGNISED(3),
  /** Refused by policy, or the device is blocked, revoked or removed. */
  REFUSED(4),
  /** ENROLL for a device that has a key. */
  ALREADY_ENROLLED(5),
  /** The row is unknown or behind the key of the request. */
  UNKNOWN_DEVICE(6),
  /** The key will never be served again. */
  SUPERSEDED(7),
  /** Too much at once; come back after the time given. */
  BUSY(8),
  /** The gateway failed. */
  INTERNAL(9),
  /** The device's cloud platform cannot take the new credential now. */
  PLATFORM_UNAVAILABLE(10);

  private static final Refusal[] BY_CODE = values();

  private final int code;

  Refusal(int code) {
    this.code = code;
  }

  /** The code on the wire, 1..10. */
  public int code() {
    return code;
  }

  static Refusal ofCode(int code) throws MalformedFrameException {
    if (code < 1 || code > BY_CODE.length) {
      throw new MalformedFrameException("unknown error code");
    }
    return BY_CODE[code - 1];
  }
}
