package io.otakey.protocol.device;

import io.otakey.protocol.wire.Refusal;

/** What a proven ERROR means to a device, whatever it asked for. */
enum Rejection {
  /** 7: the key will never be served again. */
  SUPERSEDED,
  /** 6: the gateway's row is behind the key. */
  UNKNOWN,
  /** 4: be silent as told, keep everything. */
  BARRED,
  /** 2: another key of the gateway may do. */
  UNSUPPORTED,
  /** Anything else: ask again later. */
  LATER;

  static Rejection of(Refusal code) {
    return switch (code) {
      case SUPERSEDED -> SUPERSEDED;
      case UNKNOWN_DEVICE -> UNKNOWN;
      case REFUSED -> BARRED;
      case UNSUPPORTED -> UNSUPPORTED;
      case MALFORMED, NOT_RECOGNISED, ALREADY_ENROLLED, BUSY, INTERNAL, PLATFORM_UNAVAILABLE ->
          LATER;
    };
  }
}
