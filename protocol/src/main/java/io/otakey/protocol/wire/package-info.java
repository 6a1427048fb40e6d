/** Frames of OTA-Key/1: names, strict decoding and encoding (protocol section 3 and 5). */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.wire;
