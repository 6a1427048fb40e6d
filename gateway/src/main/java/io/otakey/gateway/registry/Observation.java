package io.otakey.gateway.registry;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a frame tells about a device besides its request.
 *
 * @param firmware firmware version, up to 32 characters; empty if the frame did not say
 * @param lastError last error code of the device, unsigned 32 bits; empty if the frame did not say
 */
public record Observation(Optional<String> firmware, OptionalLong lastError) {
  /** The device was heard of, nothing more. */
  public static final Observation SEEN = new Observation(Optional.empty(), OptionalLong.empty());
}
