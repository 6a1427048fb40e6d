package io.otakey.protocol.wire;

import java.util.List;
import java.util.Optional;

/** The five things a device asks for. */
public enum RequestType {
  /** First key, authenticated by the product key. */
  ENROLL(0x11),
  /** Next key, authenticated by the current device key. */
  ROTATE(0x12),
  /** A new key is stored: commit it. */
  CONFIRM(0x13),
  /** A grant was given up. */
  ABANDON(0x14),
  /** Anything to do? */
  POLL(0x15);

  private static final List<RequestType> ALL = List.of(values());

  private final int code;

  RequestType(int code) {
    this.code = code;
  }

  /** The type whose frames begin with this byte, if there is one. */
  public static Optional<RequestType> of(int code) {
    for (RequestType type : ALL) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The frame's first byte. */
  public int code() {
    return code;
  }
}
