package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.Observation;
import io.otakey.protocol.handshake.OpeningPayload;

/** What a device said of itself, made fit for storing and showing. */
final class Observations {
  private Observations() {}

  static Observation of(OpeningPayload said) {
    return new Observation(said.firmwareVersion().map(Observations::printable), said.lastError());
  }

  /** The text is the device's own choice: control characters would forge log lines. */
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
