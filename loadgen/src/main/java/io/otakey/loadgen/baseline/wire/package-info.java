/** Connections that count what they carry, small servers, and a certificate authority. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.baseline.wire;
