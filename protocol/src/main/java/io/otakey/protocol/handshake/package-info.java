/**
 * Noise NKpsk0 (rev 34) as a pure object, and the two key deliveries built on it (protocol section
 * 4).
 */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.handshake;
