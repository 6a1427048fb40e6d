package io.otakey.protocol.device;

import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.Token;

/** Something that happened to a device and that its host may want to know. */
public sealed interface DeviceEvent {
  /** A granted key is in flash and waits for its ACK. */
  record Stored(KeyRef key) implements DeviceEvent {}

  /** The first key was acknowledged. */
  record Enrolled(KeyRef key) implements DeviceEvent {}

  /** A key was acknowledged beside a confirmed one, which is gone now. */
  record Rotated(KeyRef key) implements DeviceEvent {}

  /** The acknowledged key came with another connection. */
  record Moved(Connection connection) implements DeviceEvent {}

  /** A POLL was answered under the current key. */
  record Polled(KeyRef key, Answer.Action action) implements DeviceEvent {}

  /**
   * A request was refused.
   *
   * @param authentic whether the refusal carries the right mac
   */
  record Refused(RequestType request, Refusal code, boolean authentic) implements DeviceEvent {}

  /** A grant will not be used; the gateway is being told. */
  record GaveUp(Token token, AbandonRequest.Reason reason) implements DeviceEvent {}

  /** A stored record was wiped because the gateway will never commit it, or knows it given up. */
  record Wiped(Token token) implements DeviceEvent {}

  /** Takes events as they happen; called in the middle of a step, so it must not call back. */
  @FunctionalInterface
  interface Listener {
    /** One event. */
    void on(DeviceEvent event);
  }
}
