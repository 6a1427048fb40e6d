package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;

/**
 * The hot path: what the five requests of a device read and write. Safe to call from any thread,
 * never blocks. A future fails with {@link RegistryBusyException} or {@link
 * RegistryUnavailableException} and with nothing else.
 */
public interface DeviceRegistry {
  /**
   * Reads whether an ENROLL may be granted. Writes nothing that a decision reads; a request that
   * awaits an operator's approval is listed in the background.
   *
   * @param pkVersion version of the product key that authenticated the frame, 1..255
   */
  Future<EnrollAnswer> enroll(DeviceRef ref, int pkVersion);

  /** Decides a CONFIRM; completes when what it committed is durable. */
  Future<Decision> confirm(KeyUse use);

  /** Decides a POLL; completes when a commit that it made up for is durable. */
  Future<Decision> poll(KeyUse use);

  /**
   * Decides a ROTATE as {@link #poll}. While the product is in recovery the caller applies the
   * further rules of protocol section 6.6 to the row, generation and flag of the decision.
   */
  Future<Decision> rotate(KeyUse use);

  /**
   * Decides an ABANDON; if it is served, the row's attempt is durably above the abandoned one's. A
   * refused ABANDON changes nothing, and is listed for the operator if it asked for too much.
   *
   * @param abandonedAttempt attempt of the abandoned token, 0..65535
   * @param reason the device's, 1..5 (protocol section 3); campaigns learn it
   */
  Future<Decision> abandon(KeyUse use, int abandonedAttempt, int reason);

  /**
   * Decides as a CONFIRM, but writes nothing, about the epoch that the token is for: the row's, if
   * the token is the row's, else the next. If that would be committed, the decision's row is as it
   * would be then.
   *
   * @param use with epoch 0; nobody has proved to hold this key yet
   */
  Future<Decision> login(KeyUse use);

  /** Notes what an authentic frame told about its device; written behind, may be lost. */
  void observe(DeviceRef ref, Observation observation);

  /**
   * Notes evidence for people; written behind, in the order of calls. Bounded: what is too much for
   * a product and minute is counted instead.
   */
  void note(SecurityEvent event);
}
