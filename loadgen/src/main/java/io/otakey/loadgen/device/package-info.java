/** Virtual devices: the protocol state of each, and the image that all share. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.device;
