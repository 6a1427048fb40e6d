/** Devices that stay: they poll, rotate, move, and are logged in to their platforms meanwhile. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.live;
