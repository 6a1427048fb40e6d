package io.otakey.gateway.campaign;

import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * A device of a campaign.
 *
 * @param since when it came to its state
 * @param tries how often it was asked
 * @param reason that the device gave for its last ABANDON, 1..5 (protocol section 3)
 */
public record Member(
    DeviceRef ref, MemberState state, int wave, int tries, Instant since, OptionalInt reason) {}
