package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Verdict;

/**
 * What the decision table said to one frame (protocol section 6.5). Whatever it wrote is durable.
 *
 * @param verdict what it said; for an ABANDON that would raise the row's attempt too far, and for a
 *     fence above the largest attempt, {@link Verdict#REFUSED}
 * @param row the device's row after the decision, {@link DeviceRow#NONE} if there is none
 * @param generation the product's present generation, 1..255; 0 if the product is unknown
 * @param inRecovery the product is in recovery (protocol section 6.6)
 * @param wanted what operators want of the device; {@link Wanted#NOTHING} if the decision may have
 *     written, so a device hears of it the next time
 */
public record Decision(
    Verdict verdict, DeviceRow row, int generation, boolean inRecovery, Wanted wanted) {}
