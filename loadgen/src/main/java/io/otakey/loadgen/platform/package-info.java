/** A simulated platform: it does nothing but log devices in, by asking a gateway's hook. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.platform;
