/**
 * The device's side of OTA-Key/1 (protocol section 7) as a pure state machine: no I/O, no clock of
 * its own, randomness injected. Virtual devices run it; it is also the reference for the firmware.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.device;
