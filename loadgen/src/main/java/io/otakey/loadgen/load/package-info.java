/** Devices with a goal: all of them are taken to one after the other, each start by the clock. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.load;
