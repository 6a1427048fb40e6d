/** Bad days: a real gateway process, real fleets, and somebody who pulls plugs. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.system;
