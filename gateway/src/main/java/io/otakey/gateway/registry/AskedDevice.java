package io.otakey.gateway.registry;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;

/**
 * An active device that was asked for something, as its row stands once that is committed.
 *
 * @param epoch of the row's key
 * @param action what its next POLL is told
 */
public record AskedDevice(DeviceRef ref, long epoch, Answer.Action action) {}
